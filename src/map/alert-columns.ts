/** The columns of the table `alert`: the same for every survey, so that one filter selects from all (docs/design.md §4). */
import type { Column } from '../flow.ts'

export const alertColumns = [
  { name: 'id', type: 'text', ucd: 'meta.id;meta.main', description: 'Identifier of the alert' },
  {
    name: 'object_id',
    type: 'text',
    ucd: 'meta.id;src',
    description: 'Object; for a known moving one sso: and its designation',
  },
  { name: 'survey', type: 'text', ucd: 'meta.id', description: 'Name of the survey' },
  { name: 'time_mjd_utc', type: 'number', unit: 'd', ucd: 'time.epoch', description: 'Middle of the exposure' },
  { name: 'first_time_mjd_utc', type: 'number', unit: 'd', ucd: 'time.start', description: 'First known detection' },
  { name: 'ra', type: 'number', unit: 'deg', ucd: 'pos.eq.ra', description: 'Right ascension, ICRS' },
  { name: 'dec', type: 'number', unit: 'deg', ucd: 'pos.eq.dec', description: 'Declination, ICRS' },
  {
    name: 'pos_err_arcsec',
    type: 'number',
    unit: 'arcsec',
    ucd: 'stat.error;pos.eq',
    description: 'Error radius, 1 sigma',
  },
  { name: 'glon', type: 'number', unit: 'deg', ucd: 'pos.galactic.lon', description: 'Galactic longitude' },
  { name: 'glat', type: 'number', unit: 'deg', ucd: 'pos.galactic.lat', description: 'Galactic latitude' },
  { name: 'band', type: 'text', ucd: 'instr.bandpass', description: 'Band: u, g, r, i, z, y' },
  {
    name: 'flux_njy',
    type: 'number',
    unit: 'nJy',
    ucd: 'phot.flux.density',
    description: 'Difference flux, with sign',
  },
  { name: 'flux_err_njy', type: 'number', unit: 'nJy', ucd: 'stat.error;phot.flux.density', description: 'Its error' },
  {
    name: 'mag',
    type: 'number',
    unit: 'mag',
    ucd: 'phot.mag',
    description: 'AB magnitude of a positive difference flux',
  },
  { name: 'mag_err', type: 'number', unit: 'mag', ucd: 'stat.error;phot.mag', description: 'Its error' },
  { name: 'science_mag', type: 'number', unit: 'mag', ucd: 'phot.mag', description: 'AB magnitude of all light here' },
  { name: 'snr', type: 'number', ucd: 'stat.snr', description: 'Signal to noise of the detection' },
  { name: 'reliability', type: 'number', ucd: 'stat.probability', description: 'Probability to be real, 0 to 1' },
  {
    name: 'n_detections',
    type: 'integer',
    ucd: 'meta.number',
    description: 'Detections of the object, this one included',
  },
  { name: 'is_negative', type: 'boolean', ucd: 'meta.code', description: 'Detected as a negative source' },
  { name: 'is_moving', type: 'boolean', ucd: 'meta.code', description: 'A known object of the solar system' },
  { name: 'visit', type: 'integer', ucd: 'meta.id;obs.exposure', description: 'Exposure of the survey' },
] as const satisfies readonly Column[]

export type AlertColumn = (typeof alertColumns)[number]['name']
export const alertColumnNames: readonly string[] = alertColumns.map((column) => column.name)

/** Columns that follow from others, the same for every survey: no mapping defines them. */
export const derivedColumns: readonly string[] = ['survey', 'glon', 'glat']
