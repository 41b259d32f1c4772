/** Bytes of the longest request that is read by hand. */
const LONGEST = 4096

/**
 * One request for one entity and nothing behind it, to the letter of RFC 9112, with only such fields as nobody reads in two ways. Whatever
 * else somebody sends is for Node's own parser.
 */
const REQUEST =
  /^GET \/entity\/([\w:.~!$&'()*+,;=@%-]+)(?:\?([\w:.~!$&'()*+,;=@%/?{}[\]-]*))? HTTP\/1\.1\r\n((?:[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e]*\r\n)+)\r\n$/

/** Fields by which the answer, or how the connection goes on, would be another. */
const DECISIVE =
  /^(?:content-length|content-encoding|transfer-|if-|heartwood-store:|origin:|expect:|upgrade:|te:|range:|(?:proxy-)?connection:(?! ?keep-alive\r)|accept:(?! ?(?:\*\/\*|application\/json)\r))/im
const HOST = /^host:/gim
const ENCODING = /^accept-encoding:(.*)/gim

/** What is asked for. */
export interface PlainRequest {
  /** The entity's id as it stands in the path. */
  readonly id: string
  /** What stands behind the question mark; '' for nothing. */
  readonly search: string
  /** `Accept-Encoding`; '' for none. */
  readonly encodings: string
}

/** Reads the requests of one connection by hand, where they are as plain as those of whoever asks for one entity after the other. */
export class PlainRequests {
  /** Those of the request before: a client sends the same with each. */
  #fields = ''
  #encodings = ''

  /** Null where the request is not so plain. */
  read(bytes: Buffer): PlainRequest | null {
    if (bytes.length > LONGEST) return null
    const [, id, search = '', fields] = REQUEST.exec(bytes.toString('latin1')) ?? []
    if (id === undefined) return null
    if (fields !== this.#fields) {
      if (DECISIVE.test(fields) || fields.match(HOST)?.length !== 1) return null
      const encodings = [...fields.matchAll(ENCODING)]
      if (encodings.length > 1) return null
      this.#fields = fields
      this.#encodings = encodings[0]?.[1] ?? ''
    }
    return { id, search, encodings: this.#encodings }
  }
}
