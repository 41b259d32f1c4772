import type { Reply } from '../route.ts'

/** What goes before the body of an answer. */
export type Head = Omit<Reply, 'body'>

/** What a reader answers: whole, or piece by piece; with `counted` its rows are a trailer. */
export type ReaderReply = Head & {
  readonly body: { readonly text: string } | { readonly stream: PieceStream; readonly counted: boolean }
}

/** Bytes in a slot; whoever is done with them says so. */
export interface Piece {
  readonly bytes: Uint8Array
  readonly taken: () => void
}

/** The answer of a reader as it comes, for one who reads it. It ends, or throws what went wrong; who leaves before that ends the work. */
export class PieceStream implements AsyncIterable<Piece> {
  readonly #waiting: Piece[] = []
  readonly #leave: () => void
  #rows = 0
  #ended = false
  #left = false
  #error: Error | null = null
  #wake: (() => void) | null = null

  constructor(leave: () => void) {
    this.#leave = leave
  }

  /** Known once it has ended. */
  get rows(): number {
    return this.#rows
  }

  push(piece: Piece): void {
    if (this.#left) return piece.taken()
    this.#waiting.push(piece)
    this.#wake?.()
  }

  end(rows: number): void {
    this.#rows = rows
    this.#ended = true
    this.#wake?.()
  }

  fail(error: Error): void {
    this.#error = error
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Piece> {
    try {
      for (;;) {
        const piece = this.#waiting.shift()
        if (piece) yield piece
        else if (this.#error) throw this.#error
        else if (this.#ended) return
        else
          await new Promise<void>(resolve => {
            this.#wake = resolve
          })
      }
    } finally {
      this.leave()
    }
  }

  /** Nobody reads any more. */
  leave(): void {
    if (this.#left) return
    this.#left = true
    for (const { taken } of this.#waiting.splice(0)) taken()
    this.#leave()
    this.#wake?.()
  }
}
