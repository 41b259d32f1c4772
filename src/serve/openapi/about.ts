/** What of the document does not stand in the routes. */
export interface About {
  /** Of the program. */
  readonly version: string
  /** What requests may take, by name; null is no limit. */
  readonly limits: Readonly<Record<string, number | null>>
}
