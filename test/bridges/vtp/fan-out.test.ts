import { expect, it } from 'vitest'
import type { LogEntry } from '../../../bridges/contract.ts'
import { FanOut, type Member } from '../../../bridges/vtp/fan-out.ts'
import type { Outgoing } from '../../../bridges/vtp/outgoing.ts'
import { OutgoingEvents } from '../../../bridges/vtp/outgoing.ts'

const bytes = new TextEncoder().encode('<VOEvent ivorn="ivo://example.org/s#1"/>')
const entries = Array.from(
  { length: 400 },
  (_, index): LogEntry => ({
    seq: index + 1,
    ivoid: `ivo://example.org/s#${index + 1}`,
    role: 'observation',
    raw: { mediaType: 'text/xml', bytes },
    origin: 'own',
  }),
)

class Counting implements Member {
  cursor = 0
  readonly filters = undefined
  send(event: Outgoing): void {
    expect(event.seq).toBe(this.cursor + 1)
    this.cursor = event.seq
  }
  passOver(): void {}
  filterFailed(): void {}
}

it('lets others have their turn while it sends a full log to many', async () => {
  const fanOut = new FanOut(new OutgoingEvents(99_999, () => {}), 0)
  const members = Array.from({ length: 100 }, () => new Counting())
  for (const member of members) fanOut.add(member)
  const end = new AbortController()
  let turns = 0
  const turn = () => {
    turns += 1
    if (!end.signal.aborted) setImmediate(turn)
  }
  turn()
  async function* since() {
    yield* entries
  }
  await fanOut.run({ head: async () => entries.length, since }, end.signal)
  end.abort()
  expect(members.every(({ cursor }) => cursor === entries.length)).toBe(true)
  expect(turns).toBeGreaterThan(30)
})
