/** WhereWhen: times, places with their errors, regions, moving objects. */
import type { ClassDefinition, FieldDefinition } from './definition.ts'

/** What ObservatoryLocation and ObservationLocation have in common. */
const coordinates: Readonly<Record<string, FieldDefinition>> = {
  timeFrame: { type: 'TimeFrame?', v21: 'AstroCoordSystem/TimeFrame', says: 'The time’s frame, spelled out.' },
  spaceFrame: { type: 'SpaceFrame?', v21: 'AstroCoordSystem/SpaceFrame', says: 'The place’s frame, spelled out.' },
  time: { type: 'Time?', v20: 'AstroCoords/Time', says: 'When.' },
  positionName: {
    type: 'text?',
    v21: 'AstroCoords/PositionName',
    says: 'Name of the body or place instead of coordinates.',
  },
  position: { type: 'Position2D?', v20: 'AstroCoords/Position2D', says: 'Where, in two coordinates.' },
  position3D: { type: 'Position3D?', v20: 'AstroCoords/Position3D', says: 'Where, in three coordinates.' },
}

const deg = 'deg'

export const whereWhenClasses: Readonly<Record<string, ClassDefinition>> = {
  ObsDataLocation: {
    says: 'A place and time of observation, and the observatory’s own.',
    source: 'VOEvent 2.0 §3.4',
    fields: {
      observatory: { type: 'ObservatoryLocation?', v20: 'ObservatoryLocation', says: 'Where it was seen from.' },
      coordSystem: {
        type: 'text',
        ucd: 'meta.code.class;pos.frame',
        v20: 'AstroCoordSystem/@id',
        says: 'Time scale, sky frame and reference position: `UTC-ICRS-TOPO`; empty where the packet has none.',
      },
      ...coordinates,
      region: { type: 'Region?', says: 'Where it may be, as a map of the sky.' },
      movingObject: { type: 'MovingObject?', says: 'How it moves, if it belongs to the solar system.' },
    },
  },
  ObservatoryLocation: {
    says: 'Where the observatory is, by its name or by coordinates (longitude and latitude in degrees, height in metres for UTC-GEOD-TOPO).',
    source: 'VOEvent 2.0 §3.4',
    fields: {
      id: { type: 'text?', v20: 'ObservatoryLocation/@id', says: 'Its name.' },
      coordSystem: { type: 'text?', v20: 'AstroCoordSystem/@id', says: 'The system of its coordinates.' },
      ...coordinates,
    },
  },
  TimeFrame: {
    says: 'A frame of time.',
    source: 'VOEvent 2.1 §3.4',
    fields: {
      id: { type: 'text?', v21: 'TimeFrame/@id', says: 'An XML identifier, unique in its document.' },
      name: { type: 'text?', v21: 'TimeFrame/Name', says: 'Its name.' },
      referencePosition: {
        type: 'text?',
        v21: 'TimeFrame/ReferencePosition',
        says: 'Where the clock stands (IVOA vocabulary refposition).',
      },
      timeScale: { type: 'text?', v21: 'TimeFrame/TimeScale', says: 'Its scale (IVOA vocabulary timescale).' },
    },
  },
  SpaceFrame: {
    says: 'A frame of places.',
    source: 'VOEvent 2.1 §3.4',
    fields: {
      id: { type: 'text?', v21: 'SpaceFrame/@id', says: 'An XML identifier, unique in its document.' },
      name: { type: 'text?', v21: 'SpaceFrame/Name', says: 'Its name.' },
      spaceRefFrame: { type: 'text?', v21: 'SpaceFrame/SpaceRefFrame', says: 'The frame (IVOA vocabulary refframe).' },
      coordFlavor: { type: 'text?', v21: 'SpaceFrame/CoordFlavor', says: 'Kind of coordinates: `SPHERICAL`.' },
      referencePosition: {
        type: 'text?',
        v21: 'SpaceFrame/ReferencePosition',
        says: 'Its origin (IVOA vocabulary refposition).',
      },
    },
  },
  Time: {
    says: 'An instant or an interval.',
    source: 'VOEvent 2.0 §3.4',
    fields: {
      isoTime: {
        type: 'isoTime?',
        ucd: 'time.epoch',
        v20: 'Time/TimeInstant/ISOTime',
        says: 'ISO 8601 without a zone, in the scale of the coordinate system.',
      },
      timeOffset: {
        type: 'text?',
        v20: 'Time/TimeInstant/TimeOffset',
        says: 'Offset of an instant from `timeScale`’s origin.',
      },
      timeScale: { type: 'text?', v20: 'Time/TimeInstant/TimeScale', says: 'What the offset counts from.' },
      interval: { type: 'TimeInterval?', v21: 'Time/TimeInterval', says: 'Beginning and end instead of an instant.' },
      unit: { type: 'text?', v20: 'Time/@unit', says: 'Unit of `error`: `s`.' },
      error: { type: 'float?', ucd: 'stat.error;time', v20: 'Time/Error', says: 'One sigma, in `unit`.' },
    },
  },
  TimeInterval: {
    says: 'A span of time, open where an end is absent.',
    source: 'VOEvent 2.1 §3.4',
    fields: {
      start: {
        type: 'isoTime?',
        ucd: 'time.start',
        v21: 'TimeInterval/ISOTimeStart',
        says: 'Its beginning, as `isoTime`.',
      },
      stop: { type: 'isoTime?', ucd: 'time.end', v21: 'TimeInterval/ISOTimeStop', says: 'Its end.' },
    },
  },
  Position2D: {
    says: 'A place on the sphere with its errors.',
    source: 'VOEvent 2.0 §3.4',
    fields: {
      unit: {
        type: 'text?',
        v20: 'Position2D/@unit',
        says: 'Unit of the coordinates and of the errors of 2.0 and 2.1: `deg`.',
      },
      name1: { type: 'text?', v20: 'Position2D/Name1', says: 'Name of the first: `RA`.' },
      name2: { type: 'text?', v20: 'Position2D/Name2', says: 'Name of the second: `Dec`.' },
      c1: { type: 'float', v20: 'Position2D/Value2/C1', says: 'The first coordinate: for ICRS the right ascension.' },
      c2: { type: 'float', v20: 'Position2D/Value2/C2', says: 'The second coordinate: for ICRS the declination.' },
      errorRadius: {
        type: 'float?',
        ucd: 'stat.error;pos',
        v20: 'Position2D/Error2Radius',
        says: 'One sigma unless the packet says otherwise, in `unit`.',
      },
      error1: { type: 'float?', v21: 'Position2D/Error2/C1', says: 'One sigma of the first, in `unit`.' },
      error2: { type: 'float?', v21: 'Position2D/Error2/C2', says: 'One sigma of the second, in `unit`.' },
      ellipse: { type: 'ErrorEllipse?', says: 'The error as an ellipse.' },
      covariance: { type: 'PositionCovariance?', says: 'The error as a covariance.' },
      attributes: {
        type: 'CoordinateAttributes*?',
        v21: 'coord_value/@*',
        says: 'What single numbers say of themselves.',
      },
    },
  },
  Position3D: {
    says: 'A place in space.',
    source: 'VOEvent 2.0 §3.4',
    fields: {
      unit: { type: 'text?', v20: 'Position3D/@unit', says: 'Units of the three coordinates: `deg-deg-m`.' },
      name1: { type: 'text?', v20: 'Position3D/Name1', says: 'Name of the first.' },
      name2: { type: 'text?', v20: 'Position3D/Name2', says: 'Name of the second.' },
      name3: { type: 'text?', v20: 'Position3D/Name3', says: 'Name of the third.' },
      c1: { type: 'float', v20: 'Position3D/Value3/C1', says: 'The first coordinate.' },
      c2: { type: 'float', v20: 'Position3D/Value3/C2', says: 'The second coordinate.' },
      c3: { type: 'float', v20: 'Position3D/Value3/C3', says: 'The third coordinate.' },
      error1: { type: 'float?', v21: 'Position3D/Error3/C1', says: 'One sigma of the first.' },
      error2: { type: 'float?', v21: 'Position3D/Error3/C2', says: 'One sigma of the second.' },
      error3: { type: 'float?', v21: 'Position3D/Error3/C3', says: 'One sigma of the third.' },
      attributes: {
        type: 'CoordinateAttributes*?',
        v21: 'coord_value/@*',
        says: 'What single numbers say of themselves.',
      },
    },
  },
  CoordinateAttributes: {
    says: 'What one number of a position says of itself (2.1: attributes of C1, C2, C3 and Error2Radius).',
    source: 'VOEvent 2.1 §3.4',
    fields: {
      of: { type: 'text', says: 'Which number: `c1`, `c2`, `c3`, `errorRadius`, `error1`, `error2`, `error3`.' },
      ucd: { type: 'text?', v21: 'coord_value/@ucd', says: 'Its UCD.' },
      unit: { type: 'text?', v21: 'coord_value/@pos_unit', says: 'Its unit.' },
    },
  },
  ErrorEllipse: {
    says: 'Where the place lies with some confidence.',
    source: 'draft',
    fields: {
      semiMajorDeg: {
        type: 'float',
        unit: deg,
        ucd: 'phys.angSize.smajAxis;pos.errorEllipse',
        says: 'Larger semi-axis.',
      },
      semiMinorDeg: {
        type: 'float',
        unit: deg,
        ucd: 'phys.angSize.sminAxis;pos.errorEllipse',
        says: 'Smaller semi-axis.',
      },
      positionAngleDeg: {
        type: 'float',
        unit: deg,
        ucd: 'pos.posAng;pos.errorEllipse',
        says: 'Of the larger axis, from north through east.',
      },
      confidence: {
        type: 'float?',
        ucd: 'stat.probability;pos.errorEllipse',
        says: 'Probability inside; 0.3935 (one sigma in two dimensions) where absent.',
      },
    },
  },
  PositionCovariance: {
    says: 'Covariance of a place in its tangent plane: the first coordinate counts on the sky, with the cosine of the second in it.',
    source: 'draft',
    fields: {
      c1c1Deg2: { type: 'float', unit: 'deg**2', ucd: 'stat.variance;pos.eq.ra', says: 'Variance of the first.' },
      c1c2Deg2: {
        type: 'float',
        unit: 'deg**2',
        ucd: 'stat.covariance;pos.eq.ra;pos.eq.dec',
        says: 'Covariance of both.',
      },
      c2c2Deg2: { type: 'float', unit: 'deg**2', ucd: 'stat.variance;pos.eq.dec', says: 'Variance of the second.' },
    },
  },
  Region: {
    says: 'A region or map of the sky, by reference; small MOCs may stand inline.',
    source: 'draft',
    fields: {
      kind: { type: 'RegionKind', says: 'How it is written.' },
      uri: {
        type: 'uri?',
        ucd: 'meta.ref.uri',
        v20: 'WhereWhen/Reference/@uri',
        says: 'Where it is; `#name` for an attachment of the event.',
      },
      moc: { type: 'text?', says: 'The MOC in the IVOA’s string form: `5/8-10 42`.' },
      order: { type: 'int?', says: 'HEALPix order of the finest cells.' },
      ordering: { type: 'text?', says: 'Numbering of a HEALPix map: `NESTED`, `RING`, `NUNIQ`.' },
      probability: { type: 'float?', ucd: 'stat.probability', says: 'Probability that it encloses.' },
      areaDeg2: { type: 'float?', unit: 'deg**2', ucd: 'phys.angArea', says: 'Its area.' },
      mediaType: { type: 'text?', says: 'Media type of what the link gives.' },
      checksum: { type: 'text?', says: 'Digest of what the link gives: `sha-256:…`.' },
    },
  },
  MovingObject: {
    says: 'A body of the solar system: what it is called, how it moves on the sky, its orbit.',
    source: 'draft',
    fields: {
      designation: { type: 'text?', ucd: 'meta.id;src', says: 'Its designation by the Minor Planet Center, unpacked.' },
      rate1DegPerDay: {
        type: 'float?',
        unit: 'deg.d**-1',
        ucd: 'pos.pm;pos.eq.ra',
        says: 'Motion along the first coordinate on the sky, with the cosine of the second in it.',
      },
      rate2DegPerDay: { type: 'float?', unit: 'deg.d**-1', ucd: 'pos.pm;pos.eq.dec', says: 'Motion along the second.' },
      heliocentricDistanceAu: {
        type: 'float?',
        unit: 'au',
        ucd: 'pos.distance;pos.heliocentric',
        says: 'Distance from the Sun.',
      },
      topocentricDistanceAu: { type: 'float?', unit: 'au', ucd: 'pos.distance', says: 'Distance from the observer.' },
      phaseAngleDeg: { type: 'float?', unit: deg, ucd: 'pos.phaseAng', says: 'Angle Sun, body, observer.' },
      absoluteMagnitude: { type: 'float?', unit: 'mag', ucd: 'phys.magAbs', says: 'H.' },
      ephemerisUri: { type: 'uri?', ucd: 'meta.ref.uri', says: 'Where its ephemeris is.' },
      orbit: { type: 'Orbit?', says: 'Osculating elements.' },
    },
  },
  Orbit: {
    says: 'Osculating elements about the Sun, ecliptic and equinox of J2000. One of `semiMajorAxisAu` and `perihelionDistanceAu`, one of `meanAnomalyDeg` and `perihelionTimeMjdTdb`.',
    source: 'draft',
    fields: {
      epochMjdTdb: { type: 'float', unit: 'd', ucd: 'time.epoch', says: 'Epoch of the elements.' },
      semiMajorAxisAu: { type: 'float?', unit: 'au', ucd: 'phys.size.smajAxis;src.orbital', says: 'Semi-major axis.' },
      perihelionDistanceAu: {
        type: 'float?',
        unit: 'au',
        ucd: 'pos.distance;src.orbital',
        says: 'Perihelion distance.',
      },
      eccentricity: { type: 'float', ucd: 'src.orbital.eccentricity', says: 'Eccentricity.' },
      inclinationDeg: { type: 'float', unit: deg, ucd: 'src.orbital.inclination', says: 'Inclination.' },
      ascendingNodeDeg: { type: 'float', unit: deg, ucd: 'src.orbital.node', says: 'Longitude of the ascending node.' },
      perihelionArgumentDeg: {
        type: 'float',
        unit: deg,
        ucd: 'src.orbital.periastron',
        says: 'Argument of perihelion.',
      },
      meanAnomalyDeg: { type: 'float?', unit: deg, ucd: 'src.orbital.meanAnomaly', says: 'Mean anomaly at the epoch.' },
      perihelionTimeMjdTdb: {
        type: 'float?',
        unit: 'd',
        ucd: 'time.epoch;src.orbital.periastron',
        says: 'Time of perihelion.',
      },
    },
  },
}
