/** Files of the public catalogue: a zip with one CSV, as TNS writes it. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface CatalogueObject {
  readonly objid: number
  readonly prefix: string
  readonly name: string
  readonly raDeg: number
  readonly decDeg: number
  readonly internalNames: readonly string[]
  readonly group: string
}

const columns =
  'objid,name_prefix,name,ra,declination,redshift,typeid,type,reporting_groupid,reporting_group,source_groupid,source_group,discoverydate,discoverymag,discmagfilter,filter,reporters,time_received,internal_names,Discovery_ADS_bibcode,Class_ADS_bibcodes,creationdate,lastmodified'

export function catalogueCsv(coverage: string, objects: readonly CatalogueObject[]): string {
  const lines = objects.map((one) =>
    [
      ...[one.objid, one.prefix, one.name, one.raDeg, one.decDeg, '', '', '', '', one.group, '', one.group],
      ...['2026-03-01 05:36:57.600', '21.3', '162', 'r-LSST', 'A. Author (Institute), "B" Author', ''],
      ...[one.internalNames.join(', '), '', '', '2026-03-01 06:00:00', '2026-03-01 06:00:00'],
    ]
      .map((value) => `"${`${value}`.replaceAll('"', '""')}"`)
      .join(','),
  )
  const head = columns
    .split(',')
    .map((name) => `"${name}"`)
    .join(',')
  return `"${coverage}"\n${head}\n${lines.join('\n')}\n`
}

/** A zip of one file. `declares`: the unpacked size that it pretends to have. */
export function zipOf(name: string, content: string | Uint8Array, declares?: number): Buffer {
  const bytes = Buffer.from(content as Uint8Array)
  const packed = deflateRawSync(bytes, { level: 1 })
  const file = Buffer.from(name)
  const sizes = Buffer.alloc(12)
  sizes.writeUInt32LE(crc32(bytes), 0)
  sizes.writeUInt32LE(packed.length, 4)
  sizes.writeUInt32LE(declares ?? bytes.length, 8)
  const names = Buffer.alloc(4)
  names.writeUInt16LE(file.length, 0)
  const versions = Buffer.from([20, 0, 0, 0, 8, 0, 0, 0, 0, 0])
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), versions, sizes, names, file, packed])
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02'),
    Buffer.from([20, 0]),
    versions,
    sizes,
    names,
    Buffer.alloc(14),
    file,
  ])
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(local.length, 16)
  return Buffer.concat([local, central, end])
}
