import { expect, it } from 'vitest'
import { fountain, scratch } from './run-cli.ts'

it('starts beside others that start at the same moment, whoever takes the usual ports', {
  timeout: 120_000,
}, async () => {
  const demos = [1, 2, 3, 4].map(() => fountain(['demo', '--factor', '200', '--for', '1', '--data', scratch()]))
  for (const { code, stderr } of await Promise.all(demos)) expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})
