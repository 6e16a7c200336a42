/** Packets that mutants are made from, as trees: real ones, arbitrary ones, and ones that hold all there is. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { decodeText, encodingOf } from '../../vo/xml/encoding.ts'
import { normalizeLineEnds, parseXml } from '../../vo/xml/parse-xml.ts'
import { voeventText20 } from '../../vo/xml/voevent-2.0.ts'
import { arbitraryEvent } from './arbitrary-event.ts'
import { copyOf, type Node, nodeOf } from './mutate-tree.ts'
import { fullEvent } from './packet.ts'

export const treeOf = (text: string): Node => nodeOf(parseXml(text))

/** Between them they have every element and attribute of 2.0. */
export const packets20: readonly Node[] = [
  voeventText20(fullEvent),
  `<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0" ivorn="ivo://example.org/stream#2" role="test">
    <Who><Author><logoURL>https://example.org/logo.png</logoURL><contactEmail>a@example.org</contactEmail>
      <contactPhone>1</contactPhone></Author><Reference uri="https://example.org/who" type="url"/></Who>
    <What><Param name="a" utype="a:b"><Value>7</Value></Param>
      <Group><Description>group</Description><Reference uri="a"/></Group>
      <Table type="t"><Param name="p"/><Field name="f" utype="a:f"><Reference uri="b"/></Field>
        <Data><TR><TD>1</TD></TR></Data><Reference uri="c"/></Table></What>
    <WhereWhen id="ww"><ObsDataLocation><ObservatoryLocation><AstroCoords coord_system_id="UTC-GEOD-TOPO">
        <Position2D><Value2><C1>1</C1><C2>2</C2></Value2><Error2Radius>0</Error2Radius></Position2D></AstroCoords>
      </ObservatoryLocation><ObservationLocation><AstroCoordSystem id="TT-ICRS-GEO"/><AstroCoords>
        <Time unit="s"><TimeInstant><ISOTime>2026-01-31</ISOTime><TimeOffset>1</TimeOffset><TimeScale>TT</TimeScale>
          </TimeInstant></Time>
        <Position3D><Name1>a</Name1><Name2>b</Name2><Name3>c</Name3><Value3><C1>1</C1><C2>2</C2><C3>3</C3></Value3>
        </Position3D></AstroCoords></ObservationLocation></ObsDataLocation><Reference uri="d"/></WhereWhen>
    <How><Reference uri="e"/></How>
    <Why><Inference><Concept>c</Concept><Description>d</Description><Reference uri="f"/></Inference><Reference uri="g"/></Why>
    <Citations><EventIVORN cite="retraction">ivo://example.org/stream#1</EventIVORN></Citations></voe:VOEvent>`,
].map(treeOf)

const largestBytes = 12_000

/** Real packets of a version, those that are small enough to be mutated by the thousand. */
export function realPackets(samples: string, version: '2.0' | '2.1'): Node[] {
  return globSync(join(samples, 'voevent/**/*.xml'))
    .sort()
    .flatMap((path) => {
      const bytes = readFileSync(path)
      if (bytes.length > largestBytes) return []
      try {
        const root = treeOf(normalizeLineEnds(decodeText(bytes, encodingOf(bytes))))
        const own = root.attributes.some(([name, value]) => name === 'version' && value === version)
        return root.name === 'voe:VOEvent' && own ? [root] : []
      } catch {
        return [] // Not well-formed: no base for a schema.
      }
    })
}

export function arbitraryPackets(count: number): Node[] {
  return fc.sample(arbitraryEvent, { numRuns: count, seed: 20110711 }).map((event) => treeOf(voeventText20(event)))
}

/** A packet of 2.0 as 2.1 has it: the same elements in the order of 2.1, each id once. */
export function upgraded(packet: Node): Node {
  const ids = new Set<string>()
  const upgrade = (node: Node): Node => {
    node.children = node.children.map(upgrade)
    if (node.name === 'voe:VOEvent') setVersion(node)
    if (node.name === 'AstroCoords') arrange(node, ['Time', 'Position2D', 'Position3D'])
    if (node.name === 'Time') arrange(node, ['TimeInstant', 'Error'])
    if (node.name === 'TimeInstant') arrange(node, ['ISOTime', 'TimeOffset', 'TimeScale'])
    if (node.name === 'WhereWhen' || node.name === 'AstroCoordSystem') {
      node.attributes = node.attributes.filter(([name, id]) => name !== 'id' || (!ids.has(id) && ids.add(id)))
    }
    return node
  }
  return upgrade(copyOf(packet))
}

function setVersion(root: Node): void {
  for (const attribute of root.attributes) if (attribute[0] === 'version') attribute[1] = '2.1'
}

function arrange(node: Node, order: readonly string[]): void {
  node.children = order.flatMap((name) => node.children.find((child) => child.name === name) ?? [])
}

const root21 = 'xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.1" version="2.1"'

/** Between them they have what 2.1 has and 2.0 has not, with every attribute of it. */
export const packets21: readonly Node[] = [
  `<voe:VOEvent ${root21} ivorn="ivo://example.org/stream?1" role="prediction">
    <Who><AuthorIVORN>ivo://example.org/fountain</AuthorIVORN><Date>2026-01-31T23:59:59Z</Date><Author>
      <shortName>F</shortName><logoURL>https://example.org/logo.png</logoURL><contactEmail>a@example.org</contactEmail>
      <contactPhone>1</contactPhone><contributor>one</contributor>
      <Contributor role="DataCollector" ivorn="ivo://example.org/two" altIdentifier="https://orcid.org/0">two</Contributor>
      <Contributor>three</Contributor></Author><Reference uri="https://example.org/who"/></Who>
    <What><Param name="a" ucd="meta.id" unit="" dataType="int" utype="a:b"><Value>7</Value></Param></What>
    <WhereWhen id="ww"><ObsDataLocation>
      <ObservatoryLocation id="Rubin">
        <AstroCoordSystem id="site"><TimeFrame id="tf1"><Name>t</Name></TimeFrame></AstroCoordSystem>
        <AstroCoords coord_system_id="site"><PositionName>Cerro Pachon</PositionName>
          <Position3D unit="deg-deg-m"><Name1>lon</Name1><Name2>lat</Name2><Name3>height</Name3>
            <Value3><C1 ucd="pos.earth.lon" pos_unit="deg">-70.7</C1><C2>-30.2</C2><C3 pos_unit="m">2660</C3></Value3>
            <Error3><C1>0.1</C1><C2 ucd="stat.error">0.1</C2><C3>1</C3></Error3></Position3D></AstroCoords>
      </ObservatoryLocation>
      <ObservationLocation>
        <AstroCoordSystem id="sky">
          <TimeFrame id="tf2"><Name>time</Name><ReferencePosition>TOPOCENTER</ReferencePosition><TimeScale>UTC</TimeScale></TimeFrame>
          <SpaceFrame id="sf2"><Name>space</Name><SpaceRefFrame>ICRS</SpaceRefFrame><CoordFlavor>SPHERICAL</CoordFlavor>
            <ReferencePosition>TOPOCENTER</ReferencePosition></SpaceFrame></AstroCoordSystem>
        <AstroCoords coord_system_id="sky">
          <Time unit="s"><TimeInterval><ISOTimeStart>2026-01-31T00:00:00</ISOTimeStart><ISOTimeStop>2026-01-31T00:00:30</ISOTimeStop>
            </TimeInterval><Error>0.5</Error></Time>
          <PositionName>NGC 1</PositionName>
          <Position2D unit="deg"><Name1>RA</Name1><Name2>Dec</Name2>
            <Value2><C1 ucd="pos.eq.ra" pos_unit="deg">1.5</C1><C2 ucd="pos.eq.dec" pos_unit="deg">-0.5</C2></Value2>
            <Error2Radius pos_unit="arcsec" ucd="stat.error">0.1</Error2Radius>
            <Error2><C1 pos_unit="arcsec" ucd="stat.error">0.1</C1><C2>0.2</C2></Error2></Position2D></AstroCoords>
      </ObservationLocation></ObsDataLocation><Description>where</Description></WhereWhen>
    <Why importance="0.5" expires="2026-02-28T00:00:00"><Concept>http://www.ivoa.net/rdf/uat#supernovae</Concept>
      <Inference probability="0.5" relation="is"><Name>SN</Name></Inference></Why>
    <Citations><EventIVORN cite="supersedes">ivo://example.org/stream?0</EventIVORN></Citations></voe:VOEvent>`,
  `<voe:VOEvent ${root21} ivorn="ivo://example.org/stream?2">
    <WhereWhen><ObsDataLocation><ObservatoryLocation/><ObservationLocation><AstroCoordSystem/><AstroCoords>
      <Time><TimeInstant><ISOTime>2026-01-31</ISOTime><TimeOffset>1</TimeOffset><TimeScale>TT</TimeScale></TimeInstant>
      </Time><Position2D><Value2><C1>1</C1><C2>2</C2></Value2></Position2D>
      <Position3D><Value3><C1>1</C1><C2>2</C2><C3>3</C3></Value3><Error3/></Position3D></AstroCoords></ObservationLocation>
    </ObsDataLocation></WhereWhen></voe:VOEvent>`,
  `<voe:VOEvent ${root21} ivorn="ivo://example.org/stream?3">
    <WhereWhen><ObsDataLocation><ObservatoryLocation><AstroCoordSystem id="_a"/></ObservatoryLocation><ObservationLocation>
      <AstroCoordSystem id="b"><SpaceFrame/></AstroCoordSystem><AstroCoords coord_system_id="any thing">
      <Time><Error>0</Error></Time><PositionName/><Position2D><Value2><C2>1</C2><C1>2</C1></Value2><Error2/></Position2D>
      </AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen></voe:VOEvent>`,
].map(treeOf)
