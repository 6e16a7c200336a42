/** What: Params and their definitions, Groups, Tables, time series. */
import type { ClassDefinition } from './definition.ts'

const mjd = { unit: 'd', ucd: 'time.epoch' } as const

export const whatClasses: Readonly<Record<string, ClassDefinition>> = {
  What: {
    says: 'What was measured.',
    source: 'VOEvent 2.0 §3.3',
    fields: {
      params: { type: 'Param*', v20: 'What/Param', says: 'Single values.' },
      groups: { type: 'Group*', v20: 'What/Group', says: 'Values that belong together.' },
      tables: { type: 'Table*', v20: 'What/Table', says: 'Rows of values.' },
      descriptions: { type: 'text*', v20: 'What/Description', says: 'Free text.' },
      references: { type: 'Reference*', v20: 'What/Reference', says: 'Links.' },
      timeSeries: { type: 'TimeSeries*?', says: 'Light curves with their photometry.' },
    },
  },
  ParamDefinition: {
    says: 'What a parameter means, apart from any value it has. A ParamSet is a list of these, and its identifier the hash of it.',
    source: 'VOEvent 2.0 §3.3',
    fields: {
      name: { type: 'text', v20: 'Param/@name', says: 'Unique in its list; empty for none.' },
      dataType: { type: 'DataType', v20: 'Param/@dataType', says: 'The type of its values.' },
      unit: { type: 'text?', v20: 'Param/@unit', says: 'VOUnits; absent for a dimensionless quantity.' },
      ucd: { type: 'text?', v20: 'Param/@ucd', says: 'Unified Content Descriptor.' },
      utype: { type: 'text?', v20: 'Param/@utype', says: 'Place in a data model.' },
      description: { type: 'text?', v20: 'Param/Description', says: 'What it is, in words.' },
      references: {
        type: 'Reference*?',
        v20: 'Field/Reference',
        says: 'Links that belong to the definition, as a Field has them.',
      },
    },
  },
  Param: {
    says: 'A value with its definition.',
    source: 'VOEvent 2.0 §3.3',
    fields: {
      definition: { type: 'ParamDefinition', v20: 'Param', says: 'What it means.' },
      value: { type: 'value', v20: 'Param/@value', says: 'Its value; null where it is known to be absent.' },
      references: { type: 'Reference*?', v20: 'Param/Reference', says: 'Links that belong to this value.' },
    },
  },
  Group: {
    says: 'Params that belong together.',
    source: 'VOEvent 2.0 §3.3',
    fields: {
      name: { type: 'text?', v20: 'Group/@name', says: 'Unique in the event.' },
      type: { type: 'text?', v20: 'Group/@type', says: 'Its kind: `complex`, or the author’s word.' },
      params: { type: 'Param*', v20: 'Group/Param', says: 'Its values.' },
      descriptions: { type: 'text*?', v20: 'Group/Description', says: 'Free text.' },
      references: { type: 'Reference*?', v20: 'Group/Reference', says: 'Links.' },
    },
  },
  Table: {
    says: 'Rows of values under common definitions.',
    source: 'VOEvent 2.0 §3.3',
    fields: {
      name: { type: 'text?', v20: 'Table/@name', says: 'Unique in the event.' },
      type: { type: 'text?', v20: 'Table/@type', says: 'Its kind.' },
      descriptions: { type: 'text*?', v20: 'Table/Description', says: 'Free text.' },
      references: { type: 'Reference*?', v20: 'Table/Reference', says: 'Links.' },
      params: { type: 'Param*?', v20: 'Table/Param', says: 'Values that hold for all rows.' },
      fields: { type: 'ParamDefinition*', v20: 'Table/Field', says: 'What the columns mean.' },
      rows: { type: 'value**', v20: 'Table/Data/TR/TD', says: 'One list of values a row, in the order of `fields`.' },
    },
  },
  TimeSeries: {
    says: 'A light curve: photometry of one object by time.',
    source: 'draft',
    fields: {
      name: { type: 'text?', says: 'Its name, unique in the event.' },
      description: { type: 'text?', says: 'Free text.' },
      timeScale: { type: 'text', says: 'Scale of its times: `TAI`, `UTC`, `TDB`.' },
      referencePosition: { type: 'text?', says: 'Where its clock stands: `TOPOCENTER`, `BARYCENTER`.' },
      fluxUnit: { type: 'text?', says: 'VOUnits of every flux in it: `nJy`.' },
      photometricSystem: { type: 'text?', says: 'System of every magnitude in it: `AB`, `Vega`.' },
      bands: { type: 'Band*?', says: 'What the names of its bands mean.' },
      points: { type: 'TimeSeriesPoint*', says: 'Its points in the order of time.' },
    },
  },
  Band: {
    says: 'A photometric band.',
    source: 'draft',
    fields: {
      name: { type: 'text', ucd: 'instr.bandpass', says: 'As the points name it: `r`.' },
      filterId: {
        type: 'text?',
        ucd: 'meta.id;instr.filter',
        says: 'Its identifier in the SVO Filter Profile Service: `LSST/LSST.r`.',
      },
      wavelengthM: { type: 'float?', unit: 'm', ucd: 'em.wl.effective', says: 'Effective wavelength.' },
      zeroPointJy: { type: 'float?', unit: 'Jy', ucd: 'phot.flux.density;arith.zp', says: 'Flux of magnitude zero.' },
    },
  },
  TimeSeriesPoint: {
    says: 'One measurement. A non-detection has limits and need not have a flux.',
    source: 'draft',
    fields: {
      kind: { type: 'PointKind', says: 'What it is.' },
      timeMjd: { type: 'float', ...mjd, says: 'Modified Julian Date at mid-exposure, in the series’ time scale.' },
      exposureS: { type: 'float?', unit: 's', ucd: 'time.duration;obs.exposure', says: 'Length of the exposure.' },
      band: { type: 'text?', ucd: 'instr.bandpass', says: 'Its band.' },
      flux: {
        type: 'float?',
        ucd: 'phot.flux.density',
        says: 'Flux in the series’ unit; negative on a difference image that faded.',
      },
      fluxError: { type: 'float?', ucd: 'stat.error;phot.flux.density', says: 'One sigma of it.' },
      magnitude: { type: 'float?', unit: 'mag', ucd: 'phot.mag', says: 'Magnitude in the series’ system.' },
      magnitudeError: { type: 'float?', unit: 'mag', ucd: 'stat.error;phot.mag', says: 'One sigma of it.' },
      limitFlux: { type: 'float?', ucd: 'phot.flux.density;stat.max', says: 'Upper limit of the flux.' },
      limitMagnitude: {
        type: 'float?',
        unit: 'mag',
        ucd: 'phot.mag;stat.min',
        says: 'Nothing brighter than this was there.',
      },
      limitSigma: { type: 'float?', says: 'How many sigmas the limits stand for; 5 where absent.' },
      id: { type: 'text?', ucd: 'meta.id', says: 'The measurement’s identifier in its survey.' },
    },
  },
}
