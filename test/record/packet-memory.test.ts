import { expect, it } from 'vitest'
import { PacketMemory } from '../../src/record/packet-memory.ts'

const mebibyte = 1024 * 1024
const packets = (count: number, value: number, length = mebibyte) =>
  Array.from({ length: count }, (_, index) => new Uint8Array(length).fill(value + index))
/** A matcher would walk through every byte. */
const same = ({ copies }: ReturnType<PacketMemory['lend']>, as: readonly Uint8Array[]) =>
  copies.length === as.length && copies.every((copy, index) => Buffer.compare(copy, as[index]!) === 0)
const memoryOf = ({ copies }: ReturnType<PacketMemory['lend']>) => copies[0]?.buffer

it('holds copies that nobody else is given before they came back', () => {
  const memory = new PacketMemory()
  const first = memory.lend(packets(2, 10))
  const second = memory.lend(packets(2, 20))
  expect(same(first, packets(2, 10))).toBe(true)
  expect(same(second, packets(2, 20))).toBe(true)
  first.giveBack()
  const third = memory.lend(packets(2, 30))
  expect(memoryOf(third)).toBe(memoryOf(first))
  expect(same(third, packets(2, 30))).toBe(true)
  expect(same(second, packets(2, 20))).toBe(true)
})

it('lends memory that is large enough, and shared', () => {
  const memory = new PacketMemory()
  memory.lend(packets(2, 1)).giveBack()
  const larger = memory.lend(packets(3, 1))
  expect(same(larger, packets(3, 1))).toBe(true)
  expect(memoryOf(larger)).toBeInstanceOf(SharedArrayBuffer)
  expect(memory.lend([]).copies).toEqual([])
})

it('keeps two that came back, and none that is small or huge', () => {
  const memory = new PacketMemory()
  const many = Array.from({ length: 4 }, (_, index) => memory.lend(packets(index + 1, 1)))
  for (const lent of many) lent.giveBack()
  expect(memoryOf(memory.lend(packets(1, 1)))).toBe(memoryOf(many[2]!))
  expect(memoryOf(memory.lend(packets(1, 1)))).toBe(memoryOf(many[3]!))
  expect(many.map(memoryOf)).not.toContain(memoryOf(memory.lend(packets(1, 1))))
  for (const length of [1_000, 33 * mebibyte]) {
    const lent = memory.lend(packets(1, 1, length))
    lent.giveBack()
    expect(memoryOf(memory.lend(packets(1, 1, length)))).not.toBe(memoryOf(lent))
  }
})
