import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { describe, expect, it } from 'vitest'
import { writeJson3 } from '../../vo/voevent-3/json-write.ts'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'
import { anEvent } from './an-event.ts'
import { fountain, jsonLines, scratch } from './run-cli.ts'

const good = new TextDecoder().decode(writeVOEvent20(anEvent('ivo://my.observatory/test#1')))
/** Accepted by the XSD, but its identifier has no part of its own. */
const warned = good.replace('ivo://my.observatory/test#1', 'ivo://my.observatory/test')
const newer = good.replaceAll('VOEvent/v2.0', 'VOEvent/v2.1').replace('version="2.0"', 'version="2.1"')
const bad = good.replace('role="test"', 'role="rumour"')

const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

interface Line {
  readonly file: string
  readonly version: string
  readonly valid: boolean
  readonly issues: readonly { readonly code: string; readonly severity: string; readonly line?: number }[]
}

function files(): { readonly cwd: string } {
  const cwd = scratch()
  for (const [name, text] of Object.entries({ good, warned, bad, newer })) writeFileSync(join(cwd, `${name}.xml`), text)
  return { cwd }
}

describe('fountain validate', () => {
  it('says valid, and exits 0; warnings do not change that', async () => {
    const { code, stdout, stderr } = await fountain(['validate', 'good.xml', 'warned.xml'], files())
    expect(stdout).toMatch(/^good\.xml: valid VOEvent 2\.0$/m)
    expect(stdout).toMatch(/^warned\.xml: valid VOEvent 2\.0, 1 warning\nwarned\.xml:\d+: warning IVOID_NO_LOCAL /m)
    expect(stderr).toBe('2 of 2 passed: 2 valid (1 with warnings)\n  warning IVOID_NO_LOCAL  1 in 1 file\n')
    expect(code).toBe(0)
  })

  it('exits 1 for a warning with --strict', async () => {
    const options = files()
    expect((await fountain(['validate', '--strict', 'good.xml'], options)).code).toBe(0)
    expect((await fountain(['validate', '--strict', 'warned.xml'], options)).code).toBe(1)
    const both = await fountain(['validate', '--strict', 'good.xml', 'warned.xml'], options)
    expect(both.stderr).toMatch(/^1 of 2 passed: 2 valid \(1 with warnings\)\n/)
    expect(both.code).toBe(1)
  })

  it('names the place of an error and what to do, and exits 1', async () => {
    const { code, stdout } = await fountain(['validate', 'bad.xml'], files())
    expect(stdout).toMatch(
      /^bad\.xml: NOT valid as VOEvent 2\.0, 1 error\nbad\.xml:2: error XSD_VALUE \/VOEvent\/@role: .*rumour.*\n {4}\S/,
    )
    expect(code).toBe(1)
  })

  it('has its own --version, which is not that of the program', async () => {
    const { code, stdout } = await fountain(['validate', '--version', '2.0', 'good.xml'], files())
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'good.xml: valid VOEvent 2.0\n' })
    const refused = await fountain(['validate', '--version', '1.1', 'good.xml'], files())
    expect(refused.stderr).toMatch(/^fountain: USAGE: .*1\.1.*2\.0, 2\.1, 3/)
    expect(refused.code).toBe(2)
  })

  it('holds a document against the version of its root, or the one that is asked for', async () => {
    const options = files()
    const older = await fountain(['validate', '--version', '2.0', 'newer.xml'], options)
    expect(older.stdout).toMatch(/^newer\.xml: NOT valid as VOEvent 2\.0,.*\n.*It is a VOEvent 2\.1, held against 2\.0/)
    expect(older.code).toBe(1)
    const json = await fountain(['validate', '--json', 'newer.xml', 'good.xml'], options)
    expect(jsonLines<Line>(json).map(({ version, valid }) => [version, valid])).toEqual([
      ['2.1', true],
      ['2.0', true],
    ])
    expect((await fountain(['validate', '--version', '2.1', 'newer.xml'], options)).code).toBe(0)
  })

  it('takes every .xml below a directory, and says where there is none', async () => {
    const { cwd } = files()
    mkdirSync(join(cwd, 'all/deep/none'), { recursive: true })
    for (const name of ['b.xml', 'deep/a.XML', 'not.txt']) writeFileSync(join(cwd, 'all', name), good)
    const { code, stdout, stderr } = await fountain(['validate', 'all'], { cwd })
    expect(stdout).toBe('all/b.xml: valid VOEvent 2.0\nall/deep/a.XML: valid VOEvent 2.0\n')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '2 of 2 passed: 2 valid\n' })
    const none = await fountain(['validate', 'all/deep/none'], { cwd })
    expect(none).toMatchObject({ code: 1, stdout: '' })
    expect(none.stderr).toMatch(/^all\/deep\/none: FILES_UNREADABLE: .*no \.xml/)
  })

  it.runIf(process.platform === 'linux')('paints at a terminal, unless NO_COLOR is set', async () => {
    const { cwd } = files()
    const shown = (env: Record<string, string>): string => {
      const command = `${process.execPath} ${cli} validate good.xml`
      const options = { cwd, encoding: 'utf8' as const, env: { ...process.env, NO_COLOR: '', ...env } }
      return spawnSync('script', ['-qec', command, '/dev/null'], options).stdout
    }
    expect(shown({})).toContain('\x1b[32mvalid VOEvent 2.0\x1b[39m')
    expect(shown({ NO_COLOR: '1' })).toContain('good.xml: valid VOEvent 2.0')
  })

  it('reads what is packed, and every form of an event', async () => {
    const { cwd } = files()
    mkdirSync(join(cwd, 'all'))
    writeFileSync(join(cwd, 'all/good.xml.gz'), gzipSync(good))
    writeFileSync(join(cwd, 'cut.xml.gz'), gzipSync(good).subarray(0, 60))
    writeFileSync(join(cwd, 'event.json'), writeJson3(anEvent('ivo://my.observatory/test')))
    const { code, stdout, stderr } = await fountain(['validate', 'all', 'cut.xml.gz', 'event.json'], { cwd })
    expect(stdout.split('\n').filter((line) => !line.startsWith(' '))).toEqual([
      'all/good.xml.gz: valid VOEvent 2.0',
      'event.json: valid VOEvent 3, 1 warning',
      expect.stringMatching(/^event\.json: warning IVOID_NO_LOCAL \/VOEvent\/@ivoid: /),
      '',
    ])
    expect(stderr).toMatch(/^cut\.xml\.gz: FILES_UNREADABLE: .*unexpected end of file/)
    expect(code).toBe(1)
  })

  it('reads standard input as -', async () => {
    expect(await fountain(['validate', '-'], { input: good })).toMatchObject({
      code: 0,
      stdout: '-: valid VOEvent 2.0\n',
    })
    expect((await fountain(['validate', '-'], { input: '' })).stdout).toContain('XML_EMPTY')
  })

  it('reports a file that is not there, and goes on with the others', async () => {
    const { code, stdout, stderr } = await fountain(['validate', '--json', 'none.xml', 'good.xml'], files())
    expect(stderr).toMatch(/^none\.xml: FILES_UNREADABLE: .*none\.xml/)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(code).toBe(1)
  })

  it('writes pure JSON lines with --json', async () => {
    const result = await fountain(['validate', '--json', 'good.xml', 'warned.xml', 'bad.xml'], files())
    const lines = jsonLines<Line>(result)
    expect(lines.map(({ file, version, valid }) => [file, version, valid])).toEqual([
      ['good.xml', '2.0', true],
      ['warned.xml', '2.0', true],
      ['bad.xml', '2.0', false],
    ])
    expect(lines[0]?.issues).toEqual([])
    expect(lines[1]?.issues.every(({ severity }) => severity === 'warning')).toBe(true)
    expect(lines[2]?.issues[0]).toMatchObject({ severity: 'error', line: expect.any(Number) })
    expect(result).toMatchObject({ code: 1, stderr: '' })
  })
})

describeTier('samples', 'fountain validate on packets of many authors', () => {
  it.each([
    ['2.0', 78],
    ['2.1', 2],
  ])("agrees with the IVOA's schema of %s on all 95: %i are valid", async (version, valid) => {
    const packets = globSync(join(samplesDir!, 'voevent/**/*.xml')).sort()
    expect(packets).toHaveLength(95)
    const schema = XmlDocument.fromBuffer(readFileSync(join(referenceDir!, `xsd/VOEvent-v${version}.xsd`)))
    const ivoa = XsdValidator.fromDoc(schema)
    const accepts = (path: string): boolean => {
      let packet: XmlDocument | undefined
      try {
        packet = XmlDocument.fromBuffer(readFileSync(path))
        ivoa.validate(packet)
        return true
      } catch {
        return false
      } finally {
        packet?.dispose()
      }
    }
    const result = await fountain(['validate', '--version', version, '--json', ...packets])
    const lines = jsonLines<Line>(result)
    expect(lines.map(({ file, valid }) => [file, valid])).toEqual(packets.map((path) => [path, accepts(path)]))
    expect(lines.filter((line) => line.valid)).toHaveLength(valid)
    expect(result.code).toBe(1)
    ivoa.dispose()
    schema.dispose()
  })
})
