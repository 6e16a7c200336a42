import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorTable } from '../../src/errors.ts'
import { callControl, serveControl } from '../../src/record/control.ts'
import { memoryLog } from '../bridges/vtp/memory-host.ts'
import { fuzz } from './fuzz.ts'
import { hostileTexts, mutateBytes, mutateJson, mutateText, pick, randomBytes } from './mutate.ts'

const calls = [
  { id: 1, command: 'echo', args: { state: 'dead', ids: [1, 2] } },
  { id: 'x', command: 'status' },
  { id: 2, command: 'fail', args: [null] },
]

fuzz('control', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fountain-fuzz-'))
  const handlers = {
    echo: async (args: unknown) => args,
    status: async () => ({ up: true }),
    fail: async () => Promise.reject(new Error('it failed')),
  }
  const control = await serveControl(directory, handlers, memoryLog([]))
  return {
    make(random) {
      const line = () => {
        if (random(10) === 0) return pick(random, hostileTexts)
        const json = JSON.stringify(mutateJson(random, pick(random, calls))) ?? ''
        return random(2) === 0 ? mutateText(json, random) : json
      }
      const bytes = Buffer.from(Array.from({ length: random(6) }, line).join('\n'))
      if (random(200) === 0) return Buffer.alloc(1_200_000, 'x')
      return random(6) === 0 ? mutateBytes(bytes, random) : random(10) === 0 ? randomBytes(random, 300) : bytes
    },
    async run(input) {
      const socket = connect(control.path)
      let got = ''
      socket.setEncoding('utf8').on('data', (text) => (got += text))
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      const closed = new Promise((resolve) => socket.once('close', resolve))
      // The last line is a good one: its answer says that all before it are through.
      socket.write(Buffer.concat([input, Buffer.from('\n{"id":"last","command":"status"}\n')]))
      const last = new Promise<void>((resolve) => {
        socket.on('data', () => got.includes('"last"') && resolve())
      })
      await Promise.race([last, closed])
      socket.destroy()
      await closed
      const outcomes = got
        .split('\n')
        .slice(0, -1)
        .map((line) => {
          const answer = JSON.parse(line) as {
            id?: unknown
            result?: unknown
            error?: { code: string; detail: string }
          }
          const { error } = answer
          if (error === undefined ? !('result' in answer) : !(error.code in errorTable))
            throw new Error(`answer ${line}`)
          return error?.code ?? 'result'
        })
      const up = await callControl(directory, 'status')
      if ((up as { up?: boolean }).up !== true) throw new Error('it is no longer up')
      return outcomes[0] ?? 'hung up'
    },
    meets: [/^result/m, /^USAGE/m, /^hung up/m],
    async close() {
      await control.close()
      rmSync(directory, { recursive: true })
    },
  }
})
