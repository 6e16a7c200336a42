import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { writeAvro3, writeAvro3Confluent, writeAvro3SingleObject } from '../../../vo/voevent-3/avro.ts'
import { writeAvro3Container } from '../../../vo/voevent-3/avro-container.ts'
import { writeJson3 } from '../../../vo/voevent-3/json-write.ts'
import { voeventFormat } from '../../../vo/voevent-3/sniff.ts'
import { writeXml3 } from '../../../vo/voevent-3/xml-write.ts'
import { voeventText20 } from '../../../vo/xml/voevent-2.0.ts'
import { fullEvent } from '../packet.ts'

const xml20 = voeventText20(fullEvent)
const json = writeJson3(fullEvent)
const pretty = JSON.stringify(JSON.parse(json), undefined, 2)

it.each<[string, string | Uint8Array, string | undefined]>([
  ['2.0', xml20, 'xml-2.0'],
  ['2.0 in UTF-16', Buffer.from(`\ufeff${xml20.replace('UTF-8', 'UTF-16')}`, 'utf16le'), 'xml-2.0'],
  ['2.0 behind prose', `Dear reader,\n${xml20}`, 'xml-2.0'],
  ['2.1 by its namespace', xml20.replaceAll('VOEvent/v2.0', 'VOEvent/v2.1'), 'xml-2.1'],
  ['2.1 with https', '<VOEvent xmlns="https://www.ivoa.net/xml/VOEvent/v2.1" version="2.1"/>', 'xml-2.1'],
  ['1.1', '<v:VOEvent xmlns:v="http://www.ivoa.net/xml/VOEvent/v1.1" version="2.0"/>', 'xml-1.1'],
  ['1.1 by its version alone', '<VOEvent version="1.1"/>', 'xml-1.1'],
  ['nothing known', '<VOEvent xmlns="urn:other" version="4"/>', 'xml-2.0'],
  ['3', writeXml3(fullEvent), 'xml-3'],
  ['JSON', json, 'json-3'],
  ['JSON that was made pretty, with a mark', `\ufeff ${pretty}`, 'json-3'],
  ['JSON of something else', '{"$schema": "urn:other"}', undefined],
  ['a container file', writeAvro3Container([fullEvent]), 'avro-3-container'],
  [
    'a container file of something else',
    Buffer.from('Obj\u0001\u0002\u0016avro.schema\u000c"null"\u0000', 'latin1'),
    undefined,
  ],
  ['a single object', writeAvro3SingleObject(fullEvent), 'avro-3-single'],
  ['a single object of something else', Buffer.from([0xc3, 1, 0, 0, 0, 0, 0, 0, 0, 0]), undefined],
  ['a message of Confluent', writeAvro3Confluent(fullEvent, 7), undefined],
  ['a bare datum', writeAvro3(fullEvent), undefined],
  ['nothing', '', undefined],
  ['prose', 'Dear reader', undefined],
  ['HTML', '<html><body>VOEvent</body></html>', undefined],
  ['a schema', readFileSync(new URL('../../../xsd/VOEvent-v3.0-draft.xsd', import.meta.url)), undefined],
])('tells %s', (_, written, format) => {
  expect(voeventFormat(typeof written === 'string' ? Buffer.from(written) : written)).toBe(format)
})
