/** `fountain subscriptions`, beside a running gateway and without one. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStore } from '../../src/record/open-store.ts'
import { type GatewayHome, gatewayHome, startGatewayProcess } from '../gateway-process.ts'
import { silent } from '../record/fixtures.ts'
import { type CliResult, fountain, jsonLines } from './run-cli.ts'

let home: GatewayHome
beforeEach(() => {
  home = gatewayHome({
    authority: 'fountain.test',
    streams: { bright: { title: 'Bright', filter: 'mag < 18' } },
    bridges: {
      vtp: { submit: 0, subscribe: 0 },
      hook: { kind: 'exec', commands: { one: { command: ['/bin/true'] }, two: { command: ['/bin/true'] } } },
    },
    subscriptions: [
      { name: 'one', stream: 'bright', to: 'hook', address: 'one' },
      { name: 'two', stream: 'bright', to: 'hook', address: 'two' },
    ],
    http: { listen: '127.0.0.1:0' },
  })
})
afterEach(() => home.remove())

const run = (...args: string[]): Promise<CliResult> =>
  fountain(['subscriptions', ...args, '-c', join(home.directory, 'fountain.yaml')])
const states = async () =>
  jsonLines<{ name: string; state: string }>(await run('list', '--json')).map(({ name, state }) => `${name} ${state}`)

it('are listed, paused and resumed; one of the operator that was ended comes back', async () => {
  expect(await run('list')).toMatchObject({ code: 0, stdout: 'no subscriptions\n' })
  const gateway = await startGatewayProcess(home)
  try {
    expect(await states()).toEqual(['one active', 'two active'])
    expect(await run('pause', 'one')).toMatchObject({ code: 0, stdout: 'one is paused\n' })
    expect(await states()).toEqual(['one paused', 'two active'])
    expect(await run('pause', 'three')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('NOT_FOUND'),
    })
    expect(await run('resume')).toMatchObject({ code: 2, stdout: '' })
  } finally {
    await gateway.stop()
  }
  const store = await openStore(join(home.directory, 'data'), { log: silent, clock: { now: () => Date.now() } })
  await store.setSubscriptionState('two', 'unsubscribed', { by: 'the link', nowMs: Date.now() })
  await store.close()
  expect((await run('list')).stdout).toMatch(/^one +operator +paused +since .*\ntwo +operator +ended +since 20.*Z\n$/)
  expect(await run('pause', 'two')).toMatchObject({ code: 1, stderr: expect.stringContaining('SUBSCRIPTION_ENDED') })
  expect(jsonLines(await run('resume', 'two', '--json'))).toEqual([{ name: 'two', state: 'active' }])
  expect(await run('resume', 'one')).toMatchObject({ code: 0, stdout: 'one goes on\n' })
  expect(await states()).toEqual(['one active', 'two active'])
}, 120_000)
