/** What a TNS on loopback answers to `get/values`: dense tables as lists, where the place is the number, sparse ones as objects. */
export type Table = readonly (string | null)[] | Readonly<Record<string, string>>
export type Values = Readonly<Record<string, Table>>

export const tnsValues: Values = {
  at_types: [
    'Other - Undefined',
    'PSN - Possible SN',
    'PNV - Possible Nova',
    'AGN - Known AGN',
    'NUC - Possibly nuclear',
    'FRB - Fast Radio Burst',
  ],
  archives: ['Other', 'SDSS', 'DSS'],
  units: ['Other', 'ABMag', 'STMag', 'VegaMag', 'erg cm(-2) sec(-1)'],
  filters: {
    0: 'Other',
    1: 'Clear',
    20: 'u-Sloan',
    21: 'g-Sloan',
    22: 'r-Sloan',
    110: 'g-ZTF',
    111: 'r-ZTF',
    112: 'i-ZTF',
    160: 'u-LSST',
    161: 'g-LSST',
    162: 'r-LSST',
    163: 'i-LSST',
    164: 'z-LSST',
    165: 'y-LSST',
  },
  instruments: { 0: 'Other', 172: 'CTIO-4m - DECAM', 196: 'P48 - ZTF-Cam', 287: 'Rubin - LSSTCam' },
  groups: { 0: 'None', 4: 'Pan-STARRS1', 18: 'ATLAS', 48: 'ZTF', 165: 'Rubin', 901: 'Fountain' },
  object_types: { 1: 'SN', 3: 'SN Ia', 10: 'SN II', 29: 'AGN', 120: 'TDE' },
}

export function hasId(values: Values, table: string, id: unknown): boolean {
  const entries = values[table] ?? {}
  const found = (entries as Readonly<Record<string, string | null>>)[`${id}`]
  return found !== undefined && found !== null
}
