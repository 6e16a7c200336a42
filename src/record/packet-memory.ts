/**
 * Memory in which packets cross to the store worker: both threads see it, so nothing is cloned. What came back is lent
 * again, for memory that is new to the process costs as much as the copy into it.
 */

const mebibyte = 1024 * 1024
/** What is kept for the next: as much as is on its way at one time. More comes and goes. */
const spare = { count: 2, bytes: 32 * mebibyte } as const

export class PacketMemory {
  /** The smallest first. */
  readonly #spare: SharedArrayBuffer[] = []

  /** Copies of what is given, side by side in shared memory; `giveBack` when nobody reads them any more. */
  lend(packets: readonly Uint8Array[]): { copies: Uint8Array[]; giveBack(): void } {
    const memory = this.#take(packets.reduce((sum, { length }) => sum + length, 0))
    let end = 0
    const copies = packets.map((packet) => {
      const copy = new Uint8Array(memory, end, packet.length)
      copy.set(packet)
      end += packet.length
      return copy
    })
    return { copies, giveBack: () => this.#giveBack(memory) }
  }

  #take(bytes: number): SharedArrayBuffer {
    // Few packets are few pages: such memory is not worth keeping, and a large one is not for them.
    if (bytes < mebibyte) return new SharedArrayBuffer(bytes)
    const fits = this.#spare.findIndex(({ byteLength }) => byteLength >= bytes)
    const found = fits < 0 ? undefined : this.#spare.splice(fits, 1)[0]
    return found ?? new SharedArrayBuffer(Math.ceil(bytes / mebibyte) * mebibyte)
  }

  #giveBack(memory: SharedArrayBuffer): void {
    if (memory.byteLength < mebibyte || memory.byteLength > spare.bytes) return
    this.#spare.push(memory)
    this.#spare.sort((a, b) => a.byteLength - b.byteLength)
    if (this.#spare.length > spare.count) this.#spare.shift()
  }
}
