import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openValidator } from '../../vo/validate.ts'
import { readVOEvent } from '../../vo/xml/voevent-2.0.ts'
import { lsstSchemas } from '../servers/lsst-schemas.ts'
import { startSchemaRegistry } from '../servers/schema-registry.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'
import { eventBytes } from './an-event.ts'
import { fountain, scratch } from './run-cli.ts'

const ivoidOf = (path: string): string => readVOEvent(readFileSync(path), { mode: 'strict' }).event.ivoid

describe('fountain convert', () => {
  it('writes VOEvents under their ivorn, with other characters as _', async () => {
    const cwd = scratch()
    writeFileSync(join(cwd, 'a.xml'), eventBytes('ivo://my.observatory/test/deep#1/2:3'))
    const { code, stdout, stderr } = await fountain(['convert', 'a.xml', '-o', 'out', '--authority', 'my.own'], { cwd })
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '1 converted, in out\n' })
    expect(readdirSync(join(cwd, 'out'))).toEqual(['ivo___my.observatory_test_deep_1_2_3.xml'])
    expect(ivoidOf(join(cwd, 'out/ivo___my.observatory_test_deep_1_2_3.xml'))).toBe(
      'ivo://my.observatory/test/deep#1/2:3',
    )
  })

  it('takes directories, .gz and what lies beside; the same bytes once, others of the same name as -2', async () => {
    const cwd = scratch()
    mkdirSync(join(cwd, 'in/deeper'), { recursive: true })
    const event = eventBytes('ivo://my.observatory/test#1')
    writeFileSync(join(cwd, 'in/a.xml'), event)
    writeFileSync(join(cwd, 'in/deeper/b.xml.gz'), gzipSync(event))
    writeFileSync(join(cwd, 'in/other.xml'), Buffer.from(event).toString().replace('17.5', '18.5'))
    writeFileSync(join(cwd, 'in/notes.txt'), 'not an event')
    const { code, stderr } = await fountain(['convert', 'in', '-o', 'out', '--authority', 'my.own'], { cwd })
    expect(stderr).toBe(
      'in/other.xml: the name was taken by other bytes: written to out/ivo___my.observatory_test_1-2.xml\n3 converted, in out\n',
    )
    expect(code).toBe(0)
    expect(readdirSync(join(cwd, 'out'))).toEqual([
      'ivo___my.observatory_test_1-2.xml',
      'ivo___my.observatory_test_1.xml',
    ])
  })

  it('reports what fails with its name and code, goes on, and exits 1', async () => {
    const cwd = scratch()
    writeFileSync(join(cwd, 'good.xml'), eventBytes('ivo://my.observatory/test#1'))
    writeFileSync(join(cwd, 'broken.xml'), '<voe:VOEvent')
    writeFileSync(join(cwd, 'noise.avro'), 'noise')
    writeFileSync(join(cwd, 'empty.avro'), '')
    const args = ['convert', 'none.avro', 'broken.xml', 'noise.avro', 'empty.avro', 'good.xml', '--authority', 'my.own']
    const { code, stdout, stderr } = await fountain(args, { cwd })
    expect(stderr).toMatch(/^FILES_UNREADABLE: .*none\.avro/m)
    expect(stderr).toMatch(/^broken\.xml: EVENT_UNREADABLE: /m)
    expect(stderr).toMatch(/^noise\.avro: FRAMING_UNKNOWN: /m)
    expect(stderr).toMatch(/^empty\.avro: FRAMING_\w+: /m)
    expect(stderr).toMatch(/^1 converted, 4 failed$/m)
    expect(stdout).toContain('ivo://my.observatory/test#1')
    expect(stdout).toMatch(/<\/voe:VOEvent>\s*$/)
    expect(code).toBe(1)
  })

  it('says so where there is nothing to convert', async () => {
    const { code, stderr } = await fountain(['convert', '.', '--authority', 'my.own'], { cwd: scratch() })
    expect(stderr).toContain('no alert and no VOEvent in .')
    expect(code).toBe(1)
  })

  const isRoot = process.getuid?.() === 0
  if (isRoot) console.warn('SKIPPED: a file that may not be read: root may read all')
  it.skipIf(isRoot)('reports a file that may not be read', async () => {
    const cwd = scratch()
    writeFileSync(join(cwd, 'a.xml'), eventBytes('ivo://my.observatory/test#1'))
    chmodSync(join(cwd, 'a.xml'), 0)
    const { code, stderr } = await fountain(['convert', 'a.xml', '--authority', 'my.own'], { cwd })
    expect(stderr).toContain('FILES_UNREADABLE')
    expect(code).toBe(1)
  })
})

describeTier('samples', 'fountain convert on real alerts', () => {
  const sample = (path: string): string => join(samplesDir!, path)
  const rubin = 'lsst/v11_0/170094456277565473.avro-wire'
  const palomar = 'ztf/20231012/2475433850015010009.avro'

  it('makes valid VOEvents of both surveys, named <survey>-<alertId>.xml', async () => {
    const cwd = scratch()
    copyFileSync(sample(rubin), join(cwd, 'packed'))
    writeFileSync(join(cwd, 'packed.gz'), gzipSync(readFileSync(join(cwd, 'packed'))))
    const args = ['convert', 'packed.gz', sample(palomar), sample('lsst/v10_0'), '-o', 'out']
    const { code, stderr } = await fountain([...args, '--authority', 'my.observatory'], { cwd })
    expect(stderr).toMatch(/29 converted, in out\n$/)
    expect(code).toBe(0)
    const names = readdirSync(join(cwd, 'out'))
    expect(names).toContain('ztf-2475433850015010009.xml')
    // The same alert of two versions of the schema: not the same bytes.
    expect(names.filter((name) => name.includes('170094456277565473'))).toEqual([
      'lsst-170094456277565473-2.xml',
      'lsst-170094456277565473.xml',
    ])
    const validator = await openValidator()
    for (const name of names) {
      expect(validator.validate(readFileSync(join(cwd, 'out', name))).valid, name).toBe(true)
      expect(ivoidOf(join(cwd, 'out', name))).toMatch(/^ivo:\/\/my\.observatory\/(lsst|ztf)/)
    }
    validator.dispose()
  })

  it('gives the same alert the same bytes, however it comes', async () => {
    const cwd = scratch()
    writeFileSync(join(cwd, 'again.gz'), gzipSync(readFileSync(sample(rubin))))
    const { stderr } = await fountain(['convert', sample(rubin), 'again.gz', '-o', 'out', '--authority', 'my.own'], {
      cwd,
    })
    expect(stderr).toBe('2 converted, in out\n')
    expect(readdirSync(join(cwd, 'out'))).toEqual(['lsst-170094456277565473.xml'])
  })

  it('reports the alerts with an impossible time, and writes the others', async () => {
    const cwd = scratch()
    const { code, stderr } = await fountain(['convert', sample('lsst/wire-ids'), '-o', 'out'], { cwd })
    expect(stderr.match(/lsst\.v7_\d\.avro-wire: ALERT_TIME_IMPOSSIBLE: /g)).toHaveLength(5)
    expect(stderr).toMatch(/5 converted, 5 failed, in out\n$/)
    expect(code).toBe(1)
  })

  it('warns that identifiers are of example.org, unless --authority or -c says whose', async () => {
    const cwd = scratch()
    const own = await fountain(['convert', sample(rubin)], { cwd })
    expect(own.stderr).toMatch(/example\.org.*--authority/)
    expect(own.stdout).toContain('ivo://example.org/lsst#170094456277565473')
    writeFileSync(
      join(cwd, 'fountain.yaml'),
      'authority: configured.observatory\nwho: { contactName: Ada Lovelace }\nbridges: { email: { smtp: "smtp://u:${MAIL_PASSWORD}@127.0.0.1", from: a@b.example.org } }\n',
    )
    const env = { MAIL_PASSWORD: 'swordfish' }
    const configured = await fountain(['convert', sample(rubin), '-c', 'fountain.yaml'], { cwd, env })
    expect(configured.stderr).toBe('')
    expect(configured.stdout).toContain('ivo://configured.observatory/lsst#170094456277565473')
    expect(configured.stdout).toContain('<contactName>Ada Lovelace</contactName>')
  })

  it('writes JSON in which nothing is lost: int64 as text, NaN as null, bytes as base64', async () => {
    const { code, stdout, stderr } = await fountain(['convert', sample(rubin), '--to', 'json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const alert = JSON.parse(stdout) as { diaSource: Record<string, unknown>; cutoutDifference: string }
    expect(alert.diaSource.diaSourceId).toBe('170094456277565473')
    expect(alert.diaSource.psfFlux).toEqual(expect.any(Number))
    expect(Buffer.from(alert.cutoutDifference, 'base64').subarray(0, 6).toString()).toBe('SIMPLE')
    expect(stdout).not.toMatch(/NaN|Infinity/)
    expect(Object.values(alert.diaSource)).toContain(null)
  })

  it('asks the registry that --schemas names, and says when it does not know a schema', async () => {
    const registry = await startSchemaRegistry(lsstSchemas(join(referenceDir!, 'avro/lsst')))
    try {
      const args = ['convert', sample(rubin), '--authority', 'my.own', '--schemas', registry.url]
      // Schemas are kept from one run to the next: this registry's own temporary directory makes it ask.
      const env = { TMPDIR: scratch() }
      const { code, stdout } = await fountain(args, { env })
      expect(code).toBe(0)
      expect(stdout).toContain('ivo://my.own/lsst#170094456277565473')
      expect(registry.asked).toContain('/schemas/ids/1100')
      registry.schemas.clear()
      const unknown = await fountain(args, { env: { TMPDIR: scratch() } })
      expect(unknown.stderr).toContain('REGISTRY_UNKNOWN_ID')
      expect(unknown.code).toBe(1)
    } finally {
      await registry.stop()
    }
  })

  it('ends quietly when its reader has had enough', async () => {
    const { spawnSync } = await import('node:child_process')
    const line = `"${process.execPath}" --disable-warning=ExperimentalWarning src/cli/main.ts convert "${sample('ztf')}" --to json | head -c 100`
    const { stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' })
    expect(stdout).toHaveLength(100)
    expect(stderr).toBe('')
  })
})
