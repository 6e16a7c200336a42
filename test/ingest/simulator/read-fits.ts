/** A strict little reader of FITS images (FITS 4.0), for tests. */
export interface Hdu {
  readonly cards: ReadonlyMap<string, string>
  /** Row after row. */
  readonly pixels: readonly number[]
}

export function readFits(bytes: Uint8Array): Hdu[] {
  if (bytes.length % 2880 !== 0) throw new Error(`${bytes.length} bytes are no whole blocks`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const hdus: Hdu[] = []
  let at = 0
  while (at < bytes.length) {
    const cards = new Map<string, string>()
    for (let ended = false; !ended; at += 2880) {
      for (let card = at; card < at + 2880; card += 80) {
        const text = Buffer.from(bytes.subarray(card, card + 80)).toString('latin1')
        if (!/^[\x20-\x7e]{80}$/.test(text)) throw new Error(`bytes beyond ASCII in the header: ${text}`)
        if (ended) {
          if (text.trim() !== '') throw new Error(`a card after END: ${text}`)
          continue
        }
        const keyword = text.slice(0, 8).trimEnd()
        if (keyword === 'END') {
          if (text.trim() !== 'END') throw new Error('END holds a value')
          ended = true
        } else if (!/^[A-Z0-9_-]{1,8}$/.test(keyword) || text.slice(8, 10) !== '= ')
          throw new Error(`bad card: ${text}`)
        else cards.set(keyword, value(text.slice(10)))
      }
    }
    const first = [...cards.keys()].slice(0, 3)
    const expected = [hdus.length === 0 ? 'SIMPLE' : 'XTENSION', 'BITPIX', 'NAXIS']
    if (first.join() !== expected.join()) throw new Error(`the header begins with ${first.join()}`)
    if (cards.get('BITPIX') !== '-32' || cards.get('NAXIS') !== '2') throw new Error('not a float image')
    const count = Number(cards.get('NAXIS1')) * Number(cards.get('NAXIS2'))
    const start = at
    hdus.push({ cards, pixels: Array.from({ length: count }, (_, index) => view.getFloat32(start + index * 4)) })
    at += Math.ceil((count * 4) / 2880) * 2880
  }
  return hdus
}

/** Of the fixed format: text in quotes from the first column, all else right-justified in twenty. */
function value(text: string): string {
  if (text.startsWith("'")) return text.slice(1, text.indexOf("'", 1)).trimEnd()
  if (text.slice(20).trim() !== '' || text[19] === ' ') throw new Error(`not in the fixed format: ${text}`)
  return text.slice(0, 20).trim()
}
