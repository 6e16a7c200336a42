/** What mutants are made of: the words of the standards, their neighbours, and values at the edges of the types. */
import type { Stock } from './mutate-tree.ts'

// biome-ignore format: a stock of words
export const values = [
  '', ' ', '0', '1', '-1', '-0', '0.5', '.5', '5.', '+1', '1.0000001', '-1e-50', '1e', '1e400', '1E5', 'INF', '-INF', '+INF', 'NaN',
  'nan', 'Infinity', '0x1', '0,5', '1 2', ' 0.5\t', '2.0', '2.1', ' 2.0 ', '\n2.1', '1.1', 'x', 'é', 'string', 'int', 'float', 'bool',
  'String', ' int', 'observation', 'prediction', 'utility', 'test', 'Test', 'test ', 'ack', 'nak', 'iamalive', 'followup', 'retraction',
  'supersedes', 'Other', 'other', 'DataCollector', 'Researcher', 'ResearchGroup', 'WorkPackageLeader', 'UTC-ICRS-TOPO', 'GPS-FK5-GEO',
  'GPS-FK5-TOPO', 'GPS-ICRS-GEO', 'TDB-FK5-BARY', 'TT-ICRS-TOPO', 'TDB-ICRS-GEO', 'UTC-GEOD-TOPO', 'UTC-HPC-TOPO',
  '2026-01-31T23:59:59', '2026-01-31T23:59:59.5Z', '2026-01-31T23:59:59+14:00', '2026-01-31T23:59:59+15:00', '2026-02-30T00:00:00',
  '2026-01-31T23:59:60', '0000-01-01T00:00:00', '-0044-03-15T12:00:00', '12026-01-01T00:00:00', '2026-1-31T00:00:00', '2026-01-31',
  'T00', '2026-01-31T24:00:00', ' 2026-01-31T00:00:00 ', 'http://a b/', 'http://[x', 'http://é/', 'a|b', '{a}', '\\', '^', '%', '%zz',
  '#a#b', 'ivo://a.bc/d#1', 'ivo://a.bc/d?1', '::', 'a:b', '1a', '_id', 'a.b-c_d', '-a', ' spaced ', 'two words', 'voe:Param',
  'true', 'false', '<&>', ']]>', '\u00a0', '\u00a01.5', 'urn:a\u2003', '\ufeffx',
] // prettier-ignore

// biome-ignore format: a stock of words
const elements = [
  'VOEvent', 'voe:VOEvent', 'Who', 'AuthorIVORN', 'Date', 'Author', 'title', 'shortName', 'logoURL', 'contactName', 'contactEmail',
  'contactPhone', 'contributor', 'Contributor', 'What', 'Param', 'Value', 'Group', 'Table', 'Field', 'Data', 'TR', 'TD',
  'WhereWhen', 'ObsDataLocation', 'ObservatoryLocation', 'ObservationLocation', 'AstroCoordSystem', 'TimeFrame', 'SpaceFrame',
  'ReferencePosition', 'SpaceRefFrame', 'CoordFlavor', 'AstroCoords', 'Time', 'TimeInstant', 'ISOTime', 'TimeOffset', 'TimeScale',
  'Error', 'TimeInterval', 'ISOTimeStart', 'ISOTimeStop', 'PositionName', 'Position2D', 'Position3D', 'Name1', 'Name2', 'Name3',
  'Value2', 'Value3', 'C1', 'C2', 'C3', 'Error2Radius', 'Error2', 'Error3', 'How', 'Why', 'Name', 'Concept', 'Inference', 'Citations',
  'EventIVORN', 'Description', 'Reference', 'voe:What', 'voe:Param', 'SimpleTimeSeries', 'who',
] // prettier-ignore

// biome-ignore format: a stock of words
const attributes = [
  'ivorn', 'role', 'version', 'name', 'ucd', 'value', 'unit', 'pos_unit', 'dataType', 'datatype', 'utype', 'type', 'id',
  'coord_system_id', 'importance', 'expires', 'probability', 'relation', 'cite', 'uri', 'mimetype', 'meaning', 'altIdentifier', 'ID',
  'xsi:type', 'xsi:nil', 'xsi:schemaLocation', 'xml:lang', 'voe:role',
] // prettier-ignore

/** Names for xsi:type: what the schemas call their types, what they do not, and XML Schema's own. */
const types = [
  // biome-ignore format: a stock of words
  ...[
    'coord_value', 'smallFloat', 'idValues', 'roleValues', 'dataType', 'citeValues', 'contributorRole', 'TimeFrameType',
    'SpaceFrameType', 'note', 'reason', 'label', 'definition', 'Author', 'none',
    ...elements.filter((name) => !name.includes(':')),
  ].map((name) => `voe:${name}`),
  ...['string', 'token', 'ID', 'NCName', 'int', 'float', 'decimal', 'anyURI', 'anyType', 'none'].map((n) => `xs:${n}`),
]

const namespaces = [
  '',
  'urn:other',
  'http://www.ivoa.net/xml/VOEvent/v1.1',
  'http://www.ivoa.net/xml/VOEvent/v2.0',
  'http://www.ivoa.net/xml/VOEvent/v2.1',
]

export const voeventStock: Stock = { elements, attributes, values, types, namespaces }

// biome-ignore format: a stock of words
export const transportStock: Stock = {
  elements: ['Transport', 'voe:Transport', 'Origin', 'Response', 'TimeStamp', 'Meta', 'Param', 'Result', 'Group', 'origin'],
  attributes: ['role', 'version', 'name', 'value', 'unit', 'xsi:type', 'xsi:nil', 'id', 'voe:role'],
  values,
  types,
  namespaces,
} // prettier-ignore
