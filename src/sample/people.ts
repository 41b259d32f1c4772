/** A country with what people and towns are called there, and how many of a hundred customers live in it. */
export interface Country {
  readonly name: string
  readonly weight: number
  readonly cities: readonly string[]
  readonly first: readonly string[]
  readonly last: readonly string[]
}

const words = (text: string): string[] => text.split(', ')

export const COUNTRIES: readonly Country[] = [
  {
    name: 'Germany',
    weight: 23,
    cities: words('Berlin, Hamburg, München, Köln, Leipzig, Freiburg'),
    first: words('Anna, Lukas, Marie, Jonas, Katharina, Felix, Jürgen, Sabine, Mehmet, Greta, Till, Heike'),
    last: words('Müller, Schmidt, Fischer, Weber, Becker, Schäfer, Koch, Yılmaz, Krüger, Brandt, Vogel, Lange'),
  },
  {
    name: 'France',
    weight: 18,
    cities: words('Paris, Lyon, Marseille, Toulouse, Nantes, Lille'),
    first: words('Camille, Hugo, Léa, Antoine, Inès, Julien, Chloé, Mathis, Aïcha, Benoît, Manon, Olivier'),
    last: words('Martin, Bernard, Dubois, Moreau, Lefèvre, Garnier, Benali, Roux, Chevalier, Mercier, Faure, Blanc'),
  },
  {
    name: 'Netherlands',
    weight: 13,
    cities: words('Amsterdam, Rotterdam, Utrecht, Groningen, Delft'),
    first: words('Sanne, Daan, Lotte, Bram, Fleur, Thijs, Anouk, Sem, Yasmin, Ruben, Maud, Jeroen'),
    last: words('de Jong, Jansen, de Vries, Bakker, Visser, Smit, Meijer, de Groot, Bos, El Amrani, Mulder, Dekker'),
  },
  {
    name: 'Italy',
    weight: 11,
    cities: words('Milano, Roma, Torino, Bologna, Napoli'),
    first: words('Giulia, Marco, Chiara, Luca, Elena, Matteo, Francesca, Davide, Sofia, Paolo, Ilaria, Nicolò'),
    last: words('Rossi, Russo, Ferrari, Esposito, Bianchi, Romano, Colombo, Ricci, Greco, Conti, De Luca, Gallo'),
  },
  {
    name: 'Spain',
    weight: 10,
    cities: words('Madrid, Barcelona, Valencia, Sevilla, Bilbao'),
    first: words('Lucía, Pablo, Carmen, Javier, Marta, Álvaro, Nuria, Diego, Irene, Sergio, Pilar, Iñaki'),
    last: words('García, Martínez, López, Sánchez, Pérez, Gómez, Ruiz, Torres, Navarro, Ortega, Muñoz, Vidal'),
  },
  {
    name: 'Belgium',
    weight: 7,
    cities: words('Brussel, Gent, Antwerpen, Liège, Leuven'),
    first: words('Emma, Noah, Louise, Wout, Elise, Arthur, Nina, Maxime, Lien, Jef'),
    last: words('Peeters, Janssens, Maes, Jacobs, Mertens, Claes, Dupont, Lambert, Wouters, Goossens'),
  },
  {
    name: 'Austria',
    weight: 6,
    cities: words('Wien, Graz, Linz, Salzburg'),
    first: words('Leonie, Maximilian, Theresa, Florian, Valentina, Sebastian, Johanna, Andreas'),
    last: words('Gruber, Huber, Wagner, Pichler, Steiner, Moser, Hofer, Leitner'),
  },
  {
    name: 'Ireland',
    weight: 5,
    cities: words('Dublin, Cork, Galway, Limerick'),
    first: words('Aoife, Conor, Niamh, Seán, Ciara, Darragh, Róisín, Eoin, Saoirse, Patrick'),
    last: words("Murphy, O'Brien, Kelly, Byrne, Ryan, Walsh, O'Connor, Doyle, McCarthy, Nolan"),
  },
  {
    name: 'Portugal',
    weight: 4,
    cities: words('Lisboa, Porto, Coimbra, Braga'),
    first: words('Inês, João, Beatriz, Tiago, Mariana, Rui, Leonor, Gonçalo'),
    last: words('Silva, Santos, Ferreira, Pereira, Oliveira, Costa, Rodrigues, Almeida'),
  },
  {
    name: 'Finland',
    weight: 3,
    cities: words('Helsinki, Tampere, Turku, Oulu'),
    first: words('Aino, Eero, Helmi, Väinö, Sanna, Mikko, Päivi, Juho'),
    last: words('Korhonen, Virtanen, Mäkinen, Nieminen, Hämäläinen, Laine, Koskinen, Järvinen'),
  },
]

const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase()

/** `anna.mueller71@example.org`, about. */
export const emailOf = (first: string, last: string, year: number): string =>
  `${plain(first)}.${plain(last)}${year % 100}@example.org`
