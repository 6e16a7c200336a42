/**
 * The coordinate systems that the schema of VOEvent 2.0 knows, as `<time scale>-<sky frame>-<reference position>`
 * (VOEvent 2.0 §3.4.1; its text has GPS-FK5-GEO too, which its schema refuses).
 */
export const systems20: ReadonlySet<string> = new Set([
  'GPS-FK5-TOPO',
  'GPS-ICRS-GEO',
  'GPS-ICRS-TOPO',
  'TDB-FK5-BARY',
  'TDB-ICRS-BARY',
  'TT-FK5-GEO',
  'TT-FK5-TOPO',
  'TT-ICRS-GEO',
  'TT-ICRS-TOPO',
  'UTC-FK5-GEO',
  'UTC-FK5-TOPO',
  'UTC-GEOD-TOPO',
  'UTC-ICRS-GEO',
  'UTC-ICRS-TOPO',
])

/** Packets before 2.0 write FK5-UTC-GEO for what 2.0 calls UTC-FK5-GEO. */
export function timeFirst(system: string): string {
  return system.replace(/^(ICRS|FK5)-(UTC|TT|TDB|GPS)-/, '$2-$1-')
}
