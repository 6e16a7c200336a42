import { mkdirSync, statSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import { type Control, type ControlHandlers, callControl, serveControl } from '../../src/record/control.ts'
import { newDataDir, removeDataDir, silent } from './fixtures.ts'

let dataDir: string
let control: Control | undefined
beforeEach(() => {
  dataDir = newDataDir()
})
afterEach(async () => {
  await control?.close()
  control = undefined
  removeDataDir(dataDir)
})

const handlers: ControlHandlers = {
  echo: async (args) => args,
  'dead retry': async () => {
    throw new FountainError('NOT_FOUND', 'letter 7')
  },
  bug: async () => {
    throw new TypeError('x is undefined')
  },
  wait: (_, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
}

describe('the control socket', () => {
  it('answers commands, and gives their errors as they are', async () => {
    control = await serveControl(dataDir, handlers, silent)
    expect(await callControl(dataDir, 'echo', { text: 'zwei\nZeilen', list: [1, null] })).toEqual({
      text: 'zwei\nZeilen',
      list: [1, null],
    })
    await expect(callControl(dataDir, 'dead retry')).rejects.toMatchObject({ code: 'NOT_FOUND', detail: 'letter 7' })
    await expect(callControl(dataDir, 'bug')).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(callControl(dataDir, 'constructor')).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('gives long answers whole, and takes no long questions', async () => {
    const long = 'x'.repeat(5_000_000)
    control = await serveControl(dataDir, { ...handlers, long: async () => long }, silent)
    expect(await callControl(dataDir, 'long')).toBe(long)
    await expect(callControl(dataDir, 'echo', long)).rejects.toMatchObject({ code: 'CONTROL_UNREACHABLE' })
  })

  it('is open to its owner alone', async () => {
    control = await serveControl(dataDir, handlers, silent)
    expect(statSync(control.path).mode & 0o777).toBe(0o600)
  })

  it('says when no gateway runs, and takes over the socket of a dead one', async () => {
    await expect(callControl(dataDir, 'echo')).rejects.toMatchObject({ code: 'CONTROL_UNREACHABLE' })
    const dead = await serveControl(dataDir, handlers, silent)
    control = await serveControl(dataDir, handlers, silent)
    expect(await callControl(dataDir, 'echo', 1)).toBe(1)
    await control.close()
    control = undefined
    await dead.close()
    await expect(callControl(dataDir, 'echo')).rejects.toMatchObject({ code: 'CONTROL_UNREACHABLE' })
  })

  it('works in a directory whose path is too long for a socket', async () => {
    const deep = join(dataDir, 'x'.repeat(120))
    mkdirSync(deep)
    control = await serveControl(deep, handlers, silent)
    expect(control.path.length).toBeLessThan(100)
    expect(await callControl(deep, 'echo', 'far')).toBe('far')
  })

  it('does not hang: a caller gives up, a gateway that stops ends the call', async () => {
    control = await serveControl(dataDir, handlers, silent)
    await expect(callControl(dataDir, 'wait', null, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      code: 'CONTROL_UNREACHABLE',
    })
    const hanging = callControl(dataDir, 'wait')
    const ended = expect(hanging).rejects.toMatchObject({ code: 'CONTROL_UNREACHABLE' })
    await callControl(dataDir, 'echo')
    await control.close()
    control = undefined
    await ended
  })

  it('survives whatever is written to it', async () => {
    control = await serveControl(dataDir, handlers, silent)
    const path = control.path
    const say = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = createConnection(path)
        let reply = ''
        socket.on('error', () => {})
        socket.on('data', (chunk) => {
          reply += chunk
          socket.destroy()
        })
        socket.on('close', () => resolve(reply))
        socket.write(text)
      })
    expect(JSON.parse(await say('{"id":\n'))).toMatchObject({ error: { code: 'USAGE' } })
    expect(JSON.parse(await say('null\n'))).toMatchObject({ error: { code: 'USAGE' } })
    expect(JSON.parse(await say('[1]\n'))).toMatchObject({ error: { code: 'USAGE' } })
    expect(await say('x'.repeat(3_000_000))).toBe('')
    expect(await callControl(dataDir, 'echo', 'still here')).toBe('still here')
  })
})
