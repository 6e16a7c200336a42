import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Item } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/x/index.ts'
import { Spending } from '../../bridges/x/spending.ts'
import { problem } from '../servers/x.ts'
import { attemptOf, failure, testHost } from './contract.ts'
import { itemNumber, picturedItem, sampleItem } from './sample-item.ts'
import { linked, nowMs, opened } from './x-start.ts'

describe('x: what a day may cost', () => {
  const named = (n: number): Item => ({ ...itemNumber(n), match: { ...sampleItem.match, streamTitle: `Title ${n}` } })

  it('stops before it is more, also after a restart, until the next day', async () => {
    const { x, send, folder, settings } = await opened({ spendPerDayUsd: 0.04 })
    await send(named(1))
    await send(named(2))
    const waits = { kind: 'retry', reached: 'no', retryAfterMs: 86_400_000 - (nowMs % 86_400_000) }
    expect(await failure(send(named(3)))).toMatchObject(waits)
    const clock = { ms: nowMs }
    const test = testHost()
    const host = { ...test, folder: () => folder, clock: { ...test.clock, now: () => clock.ms } }
    const again = await bridge.open(settings, host)
    const message = again.render([named(3)], {})
    const failed = await failure(again.deliver(message, attemptOf(message)))
    expect(failed).toMatchObject(waits)
    expect(failed.reply).toContain('$0.03 of $0.04 are spent today')
    expect(x.posts).toHaveLength(2)
    clock.ms += waits.retryAfterMs
    expect((await again.deliver(message, attemptOf(message))).state).toBe('sent')
    expect(readdirSync(folder).sort()).toEqual(['spent-2026-03-01.jsonl', 'spent-2026-03-02.jsonl'])
  })

  it('counts before the request, so that a crash forgets nothing, and takes back what cost nothing', async () => {
    const { x, send, folder, channel } = await opened()
    const spent = () =>
      readFileSync(join(folder, 'spent-2026-03-01.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .map((line) => (JSON.parse(line) as { micros: number }).micros)
    x.refuse('/2/tweets', problem(503, 'no'), problem(429, 'slow down'))
    await failure(send(named(1)))
    expect(spent()).toEqual([15_000])
    await failure(send(named(1)))
    expect(spent()).toEqual([15_000, 15_000, -15_000])
    x.react('hang')
    const abort = new AbortController()
    const hanging = failure(send(named(1), { signal: abort.signal }))
    while (x.asked.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(spent()).toEqual([15_000, 15_000, -15_000, 15_000])
    abort.abort(new Error('time is up'))
    await hanging
    const before = spent().length
    await failure(send(named(1), { signal: AbortSignal.abort() }))
    expect(spent()).toHaveLength(before)
    expect(channel.drafting?.lint(channel.render([named(1)], {}).body, {})).toContainEqual({
      severity: 'note',
      code: 'X_COST',
      says: 'It costs about $0.015; today $0.03 of $1.00 are spent.',
    })
  })

  it('knows after kill -9 what was under way', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fountain-x-'))
    const child = `
      import { Spending } from '${new URL('../../bridges/x/spending.ts', import.meta.url).href}'
      const spending = new Spending(() => ${JSON.stringify(folder)}, { now: () => ${nowMs} }, 1)
      spending.charge({ usd: 0.2, what: 'post', key: 'k' })
      process.kill(process.pid, 'SIGKILL')
    `
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', child])
    expect(signal).toBe('SIGKILL')
    expect(new Spending(() => folder, { now: () => nowMs }, 1).todayUsd).toBe(0.2)
  })

  it('goes on after a line that a crash cut off', async () => {
    const first = await opened({ spendPerDayUsd: 0.04 })
    await first.send(named(1))
    appendFileSync(join(first.folder, 'spent-2026-03-01.jsonl'), '\n{"at":"2026-03-01T05')
    const second = await opened({ spendPerDayUsd: 0.04 }, {}, first.folder)
    await second.send(named(2))
    const third = await opened({ spendPerDayUsd: 0.04 }, {}, first.folder)
    expect(await failure(third.send(named(3)))).toMatchObject({ kind: 'retry', reached: 'no' })
  })

  it('rejects what no day can pay, and waits where it cannot write', async () => {
    const { send } = await opened({ links: true, spendPerDayUsd: 0.1 })
    expect(await failure(send(linked))).toMatchObject({ kind: 'reject', reached: 'no' })
    const lost = await opened({}, {}, join(tmpdir(), 'fountain-x-no-such-folder', 'x'))
    const failed = await failure(lost.send(sampleItem))
    expect([failed.kind, failed.reached, lost.x.asked.length]).toEqual(['retry', 'no', 0])
  })

  it('counts a link at its price', async () => {
    const { x, send } = await opened({ links: true, spendPerDayUsd: 0.25 })
    await send(linked)
    const failed = await failure(send({ ...linked, match: { ...linked.match, streamTitle: 'Title 2' } }))
    expect(failed).toMatchObject({ kind: 'retry', reached: 'no' })
    expect(failed.reply).toContain('$0.20 of $0.25 are spent today')
    expect([x.postsWithUrl(), x.spentUsd()]).toEqual([1, 0.2])
  })

  it('counts pictures', async () => {
    const { x, send } = await opened({ spendPerDayUsd: 0.02 })
    expect(await failure(send(picturedItem))).toMatchObject({ kind: 'reject' })
    expect(x.asked).toEqual([])
  })
})
