/**
 * The words of coordinate systems, as data: the parts of an AstroCoordSystem's id (VOEvent 2.0 and 2.1 §3.4.1, the
 * solar ones §3.4.4) and the IVOA vocabularies timescale, refframe and refposition.
 */
export interface FrameWords {
  readonly ids: { readonly [part in 'timeScale' | 'spaceFrame' | 'referencePosition']: readonly string[] }
  readonly timeScale: readonly string[]
  readonly spaceFrame: readonly string[]
  readonly referencePosition: readonly string[]
  /** The vocabulary's word for a part of an id that is shorter. */
  readonly abbreviations: Readonly<Record<string, string>>
}

export const frameWords: FrameWords = {
  ids: {
    timeScale: ['UTC', 'TT', 'GPS', 'TDB', 'TAI', 'UT', 'TCG', 'TCB'],
    spaceFrame: ['ICRS', 'FK5', 'FK4', 'GALACTIC', 'ECLIPTIC', 'GEOD', 'HPC', 'HPR', 'HGS', 'HGC'],
    referencePosition: ['TOPO', 'GEO', 'BARY', 'HELIO'],
  },
  timeScale: ['TAI', 'TT', 'UT', 'UTC', 'GPS', 'TCG', 'TCB', 'TDB', 'UNKNOWN'],
  // The last lines are words of old VOTables, which the vocabulary keeps.
  spaceFrame: [
    ...['EQUATORIAL', 'ICRS', 'FK4', 'FK5', 'ECLIPTIC', 'GENERIC_GALACTIC', 'GALACTIC_I', 'GALACTIC'],
    ...['SUPER_GALACTIC', 'AZ_EL', 'BODY', 'UNKNOWN'],
    ...['eq_FK4', 'eq_FK5', 'ecl_FK4', 'ecl_FK5', 'galactic', 'supergalactic', 'xy', 'barycentric', 'geo_app'],
  ],
  referencePosition: ['TOPOCENTER', 'GEOCENTER', 'BARYCENTER', 'HELIOCENTER', 'EMBARYCENTER', 'UNKNOWN'],
  abbreviations: {
    TOPO: 'TOPOCENTER',
    GEO: 'GEOCENTER',
    BARY: 'BARYCENTER',
    HELIO: 'HELIOCENTER',
  },
}
