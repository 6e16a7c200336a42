/** Our schemas of VOEvent 2.0 and of Transport accept what the reference ones accept, and refuse what they refuse. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { namespace20 } from '../../vo/xml/voevent-2.0.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'
import { arbitraryPackets, packets20, realPackets, treeOf } from './mutate-bases.ts'
import { transportStock, voeventStock } from './mutate-stock.ts'
import { compareEveryPlace, compareMutants, openPair, type SchemaPair } from './schema-agreement.ts'

const opened: SchemaPair[] = []
afterAll(() => {
  for (const pair of opened.splice(0)) pair.dispose()
})
const pairOf = (name: string, referenceName: string, namespace: string): SchemaPair => {
  const own = fileURLToPath(new URL(`../../xsd/${name}`, import.meta.url))
  const pair = openPair(own, join(referenceDir!, 'xsd', referenceName), namespace)
  opened.push(pair)
  return pair
}

describeTier('samples', 'our schemas against the reference ones', () => {
  it('agree on 10,000 mutants of packets of 2.0: real, arbitrary and full', { timeout: 180_000 }, () => {
    const real = realPackets(samplesDir!, '2.0')
    expect(real.length).toBeGreaterThan(50)
    const full = Array.from({ length: 50 }, () => packets20).flat()
    const pair = pairOf('VOEvent-v2.0.xsd', 'VOEvent-v2.0.xsd', namespace20)
    compareMutants(pair, 'VOEvent 2.0', [...real, ...arbitraryPackets(100), ...full], voeventStock, 10_000)
  })

  it('agree on every value, attribute and element at every place of full packets', { timeout: 180_000 }, () => {
    const pair = pairOf('VOEvent-v2.0.xsd', 'VOEvent-v2.0.xsd', namespace20)
    for (const packet of packets20) {
      expect(pair.judge(packet)).toBe('accepted')
      const { accepted, refused } = compareEveryPlace(pair, packet, voeventStock)
      console.log(`every place of a packet of 2.0: ${accepted} accepted, ${refused} refused`)
      expect(accepted).toBeGreaterThan(2000)
      expect(refused).toBeGreaterThan(2000)
    }
  })

  it('agree on 1,000 mutants of Transport messages', () => {
    const namespace = 'http://www.telescope-networks.org/xml/Transport/v1.1'
    const message = (role: string, inner: string) =>
      treeOf(
        `<voe:Transport xmlns:voe="${namespace}" role="${role}" version="1.0"><Origin>ivo://a.bc/d#1</Origin>${inner}</voe:Transport>`,
      )
    const stamp = '<TimeStamp>2026-01-31T23:59:59Z</TimeStamp>'
    const bases = [
      message('iamalive', stamp),
      message('ack', `<Response>ivo://b.cd/e</Response>${stamp}<Meta/>`),
      message('nak', `${stamp}<Meta><Param name="a" value="b"/><Param name="c" value=""/><Result>why</Result></Meta>`),
    ]
    const pair = pairOf('Transport-v1.1.xsd', 'transport-1.1.comet.xsd', namespace)
    compareMutants(pair, 'Transport', bases, transportStock, 1000)
  })
})
