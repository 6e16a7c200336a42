/** `fountain convert` from and to every form of a VOEvent, with its account of what is lost. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { openValidator } from '../../vo/validate.ts'
import { readAvro3Container } from '../../vo/voevent-3/avro-container.ts'
import { readJson3 } from '../../vo/voevent-3/json-read.ts'
import { writeJson3 } from '../../vo/voevent-3/json-write.ts'
import { readXml3 } from '../../vo/voevent-3/xml-read.ts'
import { readVOEvent } from '../../vo/xml/voevent-2.0.ts'
import { describeTier, samplesDir } from '../tiers.ts'
import { sameMeaning } from '../vo/same-meaning.ts'
import { eventBytes } from './an-event.ts'
import { fountain, scratch } from './run-cli.ts'

const read2 = (bytes: Uint8Array): VOEvent => readVOEvent(bytes, { mode: 'lenient' }).event
const only = (directory: string): string => {
  const names = readdirSync(directory)
  expect(names).toHaveLength(1)
  return join(directory, names[0]!)
}

describe('fountain convert between forms', () => {
  const ivoid = 'ivo://my.observatory/test#1'

  it('goes through every form and comes back with the same meaning', async () => {
    const cwd = scratch()
    writeFileSync(join(cwd, 'event.xml'), eventBytes(ivoid))
    const readers = {
      'voevent-3-json': (bytes: Uint8Array) => readJson3(bytes),
      'voevent-3-avro': (bytes: Uint8Array) => [...readAvro3Container(bytes)][0]!,
      'voevent-3-xml': (bytes: Uint8Array) => readXml3(bytes),
      'voevent-2.1': read2,
      'voevent-2.0': read2,
    }
    let from = 'event.xml'
    const given = read2(eventBytes(ivoid))
    for (const [form, read] of Object.entries(readers)) {
      // No word of --authority: nothing here is given an identifier.
      const { code, stderr } = await fountain(['convert', from, '--to', form, '-o', form], { cwd })
      expect({ code, stderr }).toEqual({ code: 0, stderr: `1 converted, in ${form}\n` })
      const path = only(join(cwd, form))
      expect(path).toMatch(
        form === 'voevent-3-json' ? /_1\.json$/ : form === 'voevent-3-avro' ? /_1\.avro$/ : /_1\.xml$/,
      )
      expect(sameMeaning(read(readFileSync(path)), given, { zerosAreEqual: true }), form).toEqual([])
      from = path
    }
  })

  it('finds every form in a directory, and no other JSON', async () => {
    const cwd = scratch()
    const input = join(cwd, 'event.xml')
    writeFileSync(input, eventBytes(ivoid))
    for (const form of ['voevent-3-json', 'voevent-3-avro', 'voevent-3-xml']) {
      await fountain(['convert', input, '--to', form, '-o', 'in', '--authority', 'my.own'], { cwd })
    }
    writeFileSync(join(cwd, 'in/package.json'), '{"name": "something else"}')
    const { code, stderr } = await fountain(['convert', 'in', '-o', 'out', '--authority', 'my.own'], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '3 converted, in out\n' })
  })

  it('keeps an identifier as it is written', async () => {
    const cwd = scratch()
    for (const [index, written] of ['ivo://my.observatory/test#1', 'ivo://my.observatory/test?1'].entries()) {
      writeFileSync(join(cwd, 'event.xml'), eventBytes(written))
      for (const form of ['voevent-2.0', 'voevent-2.1']) {
        const args = ['convert', 'event.xml', '--to', form, '--authority', 'my.own']
        const { stdout } = await fountain(args, { cwd })
        expect(stdout, `${index} ${form}`).toContain(`ivorn="${written}"`)
      }
    }
  })

  it('writes Avro on standard output as one container', async () => {
    const cwd = scratch()
    const names = ['a', 'b', 'c']
    for (const name of names) writeFileSync(join(cwd, `${name}.xml`), eventBytes(`ivo://my.observatory/test#${name}`))
    const args = ['convert', ...names.map((name) => `${name}.xml`), '--to', 'voevent-3-avro', '--authority', 'my.own']
    const file = join(cwd, 'all.avro')
    const { spawnSync } = await import('node:child_process')
    const cli = join(import.meta.dirname, '../../src/cli/main.ts')
    const { stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...args], { cwd })
    expect([...readAvro3Container(stdout)].map((event) => event.ivoid)).toEqual(
      names.map((name) => `ivo://my.observatory/test#${name}`),
    )
    writeFileSync(file, stdout)
    const back = await fountain(['convert', 'all.avro', '-o', 'out', '--authority', 'my.own'], { cwd })
    expect(back.stderr).toBe('3 converted, in out\n')
  })

  const drafted: VOEvent = {
    ivoid,
    role: 'test',
    attachments: [{ name: 'spectrum', mediaType: 'text/csv', data: new TextEncoder().encode('a,b\n') }],
    provenance: { survey: 'lsst', software: [{ name: 'x' }] },
  }
  const writeDraft = async (cwd: string): Promise<void> => {
    const { writeJson3 } = await import('../../vo/voevent-3/json-write.ts')
    writeFileSync(join(cwd, 'draft.json'), writeJson3(drafted))
  }

  it('tells each part that is not as it was, and counts them', async () => {
    const cwd = scratch()
    await writeDraft(cwd)
    const { code, stdout, stderr } = await fountain(['convert', 'draft.json', '--authority', 'my.own'], { cwd })
    expect(code).toBe(0)
    expect(stderr).toMatch(/^draft\.json: dropped: attachments\[0\][.\w]*: .+$/m)
    expect(stderr).toMatch(/^draft\.json: moved: provenance[.\w]*: .+$/m)
    expect(stderr).toMatch(/\n1 converted, \d+ parts? moved, \d+ parts? dropped\n$/)
    expect(read2(Buffer.from(stdout)).ivoid).toBe(ivoid)
  })

  it('tells the same of many packets three times, and all of it in --account', async () => {
    const cwd = scratch()
    const files = Array.from({ length: 5 }, (_, i) => `draft-${i}.json`)
    for (const [i, file] of files.entries()) {
      const ivoid = `ivo://my.observatory/test#${i}`
      writeFileSync(join(cwd, file), writeJson3({ ivoid, role: 'test', provenance: { survey: 'lsst' } }))
    }
    const asked = ['convert', ...files, '-o', 'out', '--account', 'lost.jsonl']
    const { code, stderr } = await fountain(asked, { cwd })
    expect(code).toBe(0)
    const told = files.slice(0, 3).map((file) => `${file}: moved: provenance: is the Group provenance`)
    expect(stderr.trimEnd().split('\n')).toEqual([
      ...told,
      'and 2 more: moved: provenance',
      '5 converted, 5 parts moved, in out',
    ])
    const account = readFileSync(join(cwd, 'lost.jsonl'), 'utf8').trimEnd().split('\n')
    const line = { kind: 'moved', path: 'provenance', says: 'is the Group provenance' }
    expect(account.map((each) => JSON.parse(each) as object)).toEqual(files.map((file) => ({ file, ...line })))
  })

  it('--lossless writes nothing that says less, and all else', async () => {
    const cwd = scratch()
    await writeDraft(cwd)
    writeFileSync(join(cwd, 'event.xml'), eventBytes(ivoid))
    const args = ['convert', 'draft.json', 'event.xml', '--lossless', '-o', 'out', '--authority', 'my.own']
    const { code, stderr } = await fountain(args, { cwd })
    expect(code).toBe(1)
    expect(stderr).toContain('draft.json: not written, for --lossless\n')
    expect(stderr).toMatch(/1 converted, 1 failed, .*dropped, in out\n$/)
    expect(sameMeaning(read2(readFileSync(only(join(cwd, 'out')))), read2(eventBytes(ivoid)))).toEqual([])
    const draft = await fountain(
      ['convert', 'draft.json', '--lossless', '--to', 'voevent-3-xml', '--authority', 'my.own'],
      { cwd },
    )
    expect(draft.code).toBe(0)
  })

  it('says what is wrong with a document, and what cannot be', async () => {
    const cwd = scratch()
    writeFileSync(join(cwd, 'event.xml'), eventBytes(ivoid))
    await writeDraft(cwd)
    const text = readFileSync(join(cwd, 'draft.json'), 'utf8')
    writeFileSync(join(cwd, 'broken.json'), text.replace('"role":"test"', '"role":"jest"'))
    const broken = await fountain(['convert', 'broken.json', '--authority', 'my.own'], { cwd })
    expect(broken.stderr).toMatch(/^broken\.json: EVENT_UNREADABLE: .*"jest" is none of .*Write one of the values/m)
    expect(broken.code).toBe(1)
    const json = await fountain(['convert', 'event.xml', '--to', 'json'], { cwd })
    expect(json.stderr).toContain('voevent-3-json')
    const bytes = await fountain(['convert', 'event.xml', '--max-bytes', 'many', '--authority', 'my.own'], { cwd })
    expect(bytes.code).toBe(2)
    const small = await fountain(['convert', 'event.xml', '--max-bytes', '100', '--authority', 'my.own'], { cwd })
    expect(small.stderr).toMatch(/^event\.xml: WRITE_TOO_LARGE: /m)
    expect(small.code).toBe(1)
  })

  it('tells each part in one line that no terminal takes for a command', async () => {
    const cwd = scratch()
    const attachments = [{ name: 'a\nb\u009b31m', mediaType: 'image/fits', uri: 'https://example.org/a' }]
    writeFileSync(join(cwd, 'event.json'), writeJson3({ ivoid, role: 'test', attachments }))
    const { stderr } = await fountain(['convert', 'event.json'], { cwd })
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    expect(stderr).toMatch(/^event\.json: moved: attachments\[0\]: is the Group a b\S* with a Reference$/m)
  })
})

describeTier('samples', 'fountain convert between forms, on what the world sends', () => {
  const sample = (path: string): string => join(samplesDir!, path)

  it('every sample packet that can be read comes back from JSON with the same meaning', async () => {
    const cwd = scratch()
    const first = ['convert', sample('voevent'), '--to', 'voevent-3-json', '-o', 'json', '--authority', 'my.own']
    const { stderr } = await fountain(first, { cwd })
    const count = Number(/^(\d+) converted/m.exec(stderr)![1])
    expect(count).toBeGreaterThan(85)
    const again = ['convert', 'json', '-o', 'xml', '--authority', 'my.own', '--account', 'lost.jsonl']
    const back = await fountain(again, { cwd })
    expect(back.code).toBe(0)
    expect(back.stderr).toMatch(/^\d+ converted/m)
    const names = readdirSync(join(cwd, 'json'))
    expect(names.length).toBeGreaterThan(70)
    const lines = readFileSync(join(cwd, 'lost.jsonl'), 'utf8').trimEnd().split('\n')
    const lost = new Set(lines.map((line) => (JSON.parse(line) as { file: string }).file))
    for (const name of names) {
      // Packets of the same identifier may come in another order.
      if (/-\d+\.json$/.test(name) || names.includes(name.replace('.json', '-2.json'))) continue
      const json = readJson3(readFileSync(join(cwd, 'json', name)))
      const xml = read2(readFileSync(join(cwd, 'xml', name.replace(/json$/, 'xml'))))
      const differences = sameMeaning(xml, json, { zerosAreEqual: true })
      if (!lost.has(`json/${name}`)) expect(differences, name).toEqual([])
    }
  })

  it('gives alerts all detail in the draft, and `?` in 2.1', async () => {
    const cwd = scratch()
    const alert = sample('lsst/v11_0/169813006198767621.avro-wire')
    const full = await fountain(['convert', alert, '--to', 'voevent-3-json', '-o', 'json', '--authority', 'my.own'], {
      cwd,
    })
    expect(full).toMatchObject({ code: 0, stderr: '1 converted, in json\n' })
    const path = only(join(cwd, 'json'))
    expect(path).toMatch(/lsst-169813006198767621\.json$/)
    const event = readJson3(readFileSync(path))
    expect(event.what!.timeSeries![0]!.points).toHaveLength(23)
    expect(event.attachments!.map(({ data }) => data!.length)).toEqual([34_560, 34_560, 40_320])
    const { stdout } = await fountain(['convert', alert, '--to', 'voevent-2.1', '--authority', 'my.own'], { cwd })
    expect(stdout).toContain('ivorn="ivo://my.own/lsst?169813006198767621"')
    const validator = await openValidator()
    expect(validator.validate(Buffer.from(stdout), { version: '2.1' }).valid).toBe(true)
    validator.dispose()
  })

  it('makes an event with all detail small enough for the peers', async () => {
    const cwd = scratch()
    const alert = sample('lsst/v11_0/170094456277565473.avro-wire')
    await fountain(['convert', alert, '--to', 'voevent-3-avro', '-o', 'avro', '--authority', 'my.own'], { cwd })
    const args = ['convert', only(join(cwd, 'avro')), '-o', 'xml', '--max-bytes', '99999', '--authority', 'my.own']
    const { code, stderr } = await fountain(args, { cwd })
    expect(code).toBe(0)
    expect(stderr).toMatch(/dropped: what\.timeSeries\[0\]: light curve photometry \(\d+ points\)/)
    const bytes = readFileSync(only(join(cwd, 'xml')))
    expect(bytes.length).toBeLessThanOrEqual(99_999)
    const validator = await openValidator()
    expect(validator.validate(bytes).valid).toBe(true)
    validator.dispose()
  })
})
