import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { describe, expect, it } from 'vitest'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'
import { anEvent } from './an-event.ts'
import { fountain, jsonLines, scratch } from './run-cli.ts'

const good = new TextDecoder().decode(writeVOEvent20(anEvent('ivo://my.observatory/test#1')))
/** Accepted by the XSD, but its identifier has no part of its own. */
const warned = good.replace('ivo://my.observatory/test#1', 'ivo://my.observatory/test')
const bad = good.replace('role="test"', 'role="rumour"')

interface Line {
  readonly file: string
  readonly version: string
  readonly valid: boolean
  readonly issues: readonly { readonly code: string; readonly severity: string; readonly line?: number }[]
}

function files(): { readonly cwd: string } {
  const cwd = scratch()
  for (const [name, text] of Object.entries({ good, warned, bad })) writeFileSync(join(cwd, `${name}.xml`), text)
  return { cwd }
}

describe('fountain validate', () => {
  it('says valid, and exits 0; warnings do not change that', async () => {
    const { code, stdout, stderr } = await fountain(['validate', 'good.xml', 'warned.xml'], files())
    expect(stdout).toMatch(/^good\.xml: valid VOEvent 2\.0$/m)
    expect(stdout).toMatch(/^warned\.xml: valid VOEvent 2\.0\n {2}warning /m)
    expect(stderr).toBe('2 of 2 passed\n')
    expect(code).toBe(0)
  })

  it('exits 1 for a warning with --strict', async () => {
    const options = files()
    expect((await fountain(['validate', '--strict', 'good.xml'], options)).code).toBe(0)
    expect((await fountain(['validate', '--strict', 'warned.xml'], options)).code).toBe(1)
  })

  it('names the place of an error and what to do, and exits 1', async () => {
    const { code, stdout } = await fountain(['validate', 'bad.xml'], files())
    expect(stdout).toMatch(/^bad\.xml: NOT valid as VOEvent 2\.0\n {2}error XSD_\w+ line \d+.*rumour.*\n {4}\S/m)
    expect(code).toBe(1)
  })

  it('has its own --version, which is not that of the program', async () => {
    const { code, stdout } = await fountain(['validate', '--version', '2.0', 'good.xml'], files())
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'good.xml: valid VOEvent 2.0\n' })
    const refused = await fountain(['validate', '--version', '1.1', 'good.xml'], files())
    expect(refused.stderr).toMatch(/^fountain: USAGE: .*1\.1.*2\.0/)
    expect(refused.code).toBe(2)
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
  it("agrees with the IVOA's schema on all 95", async () => {
    const packets = globSync(join(samplesDir!, 'voevent/**/*.xml')).sort()
    expect(packets).toHaveLength(95)
    const schema = XmlDocument.fromBuffer(readFileSync(join(referenceDir!, 'xsd/VOEvent-v2.0.xsd')))
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
    const result = await fountain(['validate', '--version', '2.0', '--json', ...packets])
    expect(jsonLines<Line>(result).map(({ file, valid }) => [file, valid])).toEqual(
      packets.map((path) => [path, accepts(path)]),
    )
    expect(result.code).toBe(1)
    ivoa.dispose()
    schema.dispose()
  })
})
