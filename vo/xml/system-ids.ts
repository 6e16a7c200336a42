/**
 * Ids of VOEvent 2.1. Its AstroCoordSystem/@id is an xs:ID, which stands once in a document, while observatory and
 * observation, or several locations, may well have the same system. So the first says `UTC-ICRS-TOPO`, the second
 * `UTC-ICRS-TOPO-2`; readers and writers count alike, and the name comes back.
 */

// What every XML processor takes for an NCName, older ones too: libxml2 knows the letters of XML 1.0's first editions.
const letters =
  'A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u0131\\u0391-\\u03a1\\u03a3-\\u03ce\\u0410-\\u044f\\u4e00-\\u9fa5'
const idForm = new RegExp(`^[${letters}][-.0-9${letters}]*$`)

/** Whether a text may be an xs:ID for every reader. */
export function isXmlId(text: string): boolean {
  return idForm.test(text)
}

/** The ids of one document, in the order of its locations, the observatory before the observation. */
export class SystemIds {
  /** How often a system was named. */
  readonly #times = new Map<string, number>()
  readonly #taken: Set<string>
  /** `taken`: ids that stand elsewhere in the document. */
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken)
  }

  /** Reading: the system that an id names. */
  systemOf(id: string): string {
    const system = this.#named(id)
    this.#times.set(system, (this.#times.get(system) ?? 0) + 1)
    return system
  }

  /** Writing: the id for a system; undefined where none could be read back, and coord_system_id alone has to name it. */
  idOf(system: string): string | undefined {
    const times = (this.#times.get(system) ?? 0) + 1
    const id = times === 1 ? system : `${system}-${times}`
    if (!isXmlId(id) || this.#taken.has(id) || this.#named(id) !== system) return undefined
    this.#times.set(system, times)
    this.#taken.add(id)
    return id
  }

  #named(id: string): string {
    const [, system, count] = /^(.+)-([2-9]|[1-9][0-9]+)$/.exec(id) ?? []
    return system !== undefined && Number(count) === (this.#times.get(system) ?? 0) + 1 && Number(count) > 1
      ? system
      : id
  }
}
