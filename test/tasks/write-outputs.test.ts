import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { OutputDirectory } from '../../src/tasks/write-outputs.ts'
import { scratch } from '../cli/run-cli.ts'

it('writes the same bytes once, and other bytes of the same name beside them', () => {
  const directory = join(scratch(), 'deep/out')
  const output = new OutputDirectory(directory)
  const write = (text: string) => output.write('a.b.xml', Buffer.from(text))
  expect(write('one')).toEqual({ path: join(directory, 'a.b.xml'), renamed: false, repeated: false })
  expect(write('two')).toEqual({ path: join(directory, 'a.b-2.xml'), renamed: true, repeated: false })
  expect(write('three')).toMatchObject({ path: join(directory, 'a.b-3.xml'), renamed: true })
  expect(write('one')).toMatchObject({ path: join(directory, 'a.b.xml'), repeated: true })
  expect(write('two')).toMatchObject({ path: join(directory, 'a.b-2.xml'), repeated: true })
  expect(readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'))).toEqual([
    'two',
    'three',
    'one',
  ])
})
