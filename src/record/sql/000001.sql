-- The first layout. These files are numbered, applied once and in order, and never edited after a release.
-- Times are milliseconds since the epoch (UTC). JSON is what src/record/plain-json.ts writes.
-- An alert's identifier is an INTEGER where it is an int64, else TEXT: hence ANY.

CREATE TABLE runs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  started_ms INTEGER NOT NULL
) STRICT;

-- ---------------------------------------------------------------- what was read

CREATE TABLE positions (
  id          INTEGER PRIMARY KEY,
  source      TEXT NOT NULL,
  topic       TEXT NOT NULL,
  partition   INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  UNIQUE (source, topic, partition)
) STRICT;

CREATE TABLE surveys (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- The first packet of every alert. `day` (since the epoch) lets old rows be dropped by the night.
CREATE TABLE seen_alerts (
  survey_id   INTEGER NOT NULL,
  alert_id    ANY NOT NULL,
  position_id INTEGER NOT NULL,
  offset      INTEGER NOT NULL,
  crc32       INTEGER NOT NULL,
  length      INTEGER NOT NULL,
  day         INTEGER NOT NULL,
  PRIMARY KEY (survey_id, alert_id)
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------- packets kept

-- The bytes are in segment files, and which alert's stand where in an index file a night (src/record/archive). `night`:
-- days from the epoch to the noon (UTC) at which it began. `finished`: nothing more is appended. `indexed`: the night's
-- index has all of it, durably. `local`: the file is on this disk. A segment that was dropped has no row, and its number
-- is never used again: what still points to it finds nothing.
CREATE TABLE segments (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  end_offset  INTEGER NOT NULL,
  opened_ms   INTEGER NOT NULL,
  night       INTEGER NOT NULL,
  finished    INTEGER NOT NULL DEFAULT 0,
  indexed     INTEGER NOT NULL DEFAULT 0,
  local       INTEGER NOT NULL DEFAULT 1,
  uploaded_ms INTEGER
) STRICT;
CREATE INDEX segments_by_night ON segments (night, id);
CREATE INDEX segments_active ON segments (id) WHERE finished = 0;
CREATE INDEX segments_not_indexed ON segments (night, id) WHERE indexed = 0;

-- Nights whose index is copied to the store beside this disk, too.
CREATE TABLE uploaded_indexes (
  night       INTEGER PRIMARY KEY,
  uploaded_ms INTEGER NOT NULL
) STRICT;

-- `length`: of the packet; `place` and `stored`: where its record stands in the segment, and the record's length.
CREATE TABLE dead_letters (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  source         TEXT NOT NULL,
  survey         TEXT NOT NULL,
  topic          TEXT NOT NULL,
  partition      INTEGER NOT NULL,
  offset         INTEGER NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('dead', 'parked', 'retried')),
  code           TEXT NOT NULL,
  reason         TEXT NOT NULL,
  schema_id      INTEGER,
  visit          INTEGER NOT NULL,
  record_time_ms INTEGER NOT NULL,
  since_ms       INTEGER NOT NULL,
  tries          INTEGER NOT NULL DEFAULT 0,
  crc32          INTEGER NOT NULL,
  length         INTEGER NOT NULL,
  segment_id     INTEGER,
  place          INTEGER,
  stored         INTEGER,
  UNIQUE (source, topic, partition, offset)
) STRICT;
CREATE INDEX dead_letters_by_state ON dead_letters (state, id);
CREATE INDEX parked_letters_by_segment ON dead_letters (segment_id) WHERE state = 'parked';

-- ---------------------------------------------------------------- events and their log

CREATE TABLE events (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  key          TEXT NOT NULL,
  ivoid        TEXT NOT NULL,
  role         TEXT NOT NULL CHECK (role IN ('observation', 'prediction', 'utility', 'test')),
  origin       TEXT NOT NULL CHECK (origin IN ('own', 'submitted', 'upstream', 'gcn')),
  sender       TEXT,
  stream       TEXT,
  object_id    TEXT,
  recorded_ms  INTEGER NOT NULL,
  element_hash BLOB NOT NULL,
  media_type   TEXT NOT NULL,
  bytes        BLOB NOT NULL,
  model        TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_key ON events (key);
CREATE UNIQUE INDEX own_events_by_key ON events (key) WHERE origin = 'own';
CREATE INDEX events_by_element ON events (element_hash);
CREATE UNIQUE INDEX outside_events_by_element ON events (element_hash) WHERE origin <> 'own';
CREATE INDEX own_events_by_object ON events (stream, object_id, id) WHERE origin = 'own' AND object_id IS NOT NULL;

CREATE TABLE log (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id INTEGER NOT NULL UNIQUE REFERENCES events (id)
) STRICT;

CREATE TABLE feed_cursors (
  feed TEXT PRIMARY KEY,
  seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE peer_cursors (
  feed    TEXT NOT NULL,
  peer    TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  left_ms INTEGER,
  PRIMARY KEY (feed, peer)
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------- people

-- `role`: an admin may do everything; a user what is theirs and their groups'.
CREATE TABLE users (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE,
  email       TEXT,
  role        TEXT NOT NULL CHECK (role IN ('admin', 'user')),
  created_ms  INTEGER NOT NULL,
  disabled_ms INTEGER
) STRICT;

CREATE TABLE groups (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
  group_id INTEGER NOT NULL REFERENCES groups (id),
  user_id  INTEGER NOT NULL REFERENCES users (id),
  PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;

-- `hash`: SHA-256 of the token, which is 256 random bits and stored nowhere. `scopes`: a JSON array.
CREATE TABLE tokens (
  id         INTEGER PRIMARY KEY,
  user_id    INTEGER NOT NULL REFERENCES users (id),
  name       TEXT NOT NULL,
  hash       BLOB NOT NULL UNIQUE,
  scopes     TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER,
  revoked_ms INTEGER,
  used_ms    INTEGER
) STRICT;

-- Filters and subscriptions that people made by the API; those of the configuration stand in the configuration.
-- Every text that a filter ever had is kept: the newest version is in force.
CREATE TABLE user_filters (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  owner_id   INTEGER NOT NULL REFERENCES users (id),
  group_id   INTEGER REFERENCES groups (id),
  public     INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  ended_ms   INTEGER
) STRICT;

CREATE TABLE user_filter_versions (
  id         INTEGER PRIMARY KEY,
  filter_id  INTEGER NOT NULL REFERENCES user_filters (id),
  text       TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX user_filter_versions_by_filter ON user_filter_versions (filter_id, id);

CREATE TABLE user_subscriptions (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  owner_id   INTEGER NOT NULL REFERENCES users (id),
  group_id   INTEGER REFERENCES groups (id),
  definition TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  ended_ms   INTEGER
) STRICT;

-- Where something may be sent: `address` as JSON. `asked_ms`: when somebody there was asked last, for whomever. One that
-- bounced for good is suppressed until a person says otherwise.
CREATE TABLE addresses (
  bridge            TEXT NOT NULL,
  address           TEXT NOT NULL,
  asked_ms          INTEGER,
  suppressed_ms     INTEGER,
  suppressed_reason TEXT,
  PRIMARY KEY (bridge, address)
) STRICT, WITHOUT ROWID;

-- An address that a user gave is confirmed by whoever reads there, for that user alone: a yes to one is none to another.
-- `confirm_hash`: SHA-256 of the token in the link.
CREATE TABLE consents (
  bridge       TEXT NOT NULL,
  address      TEXT NOT NULL,
  owner        TEXT NOT NULL,
  asked_ms     INTEGER NOT NULL,
  confirm_hash BLOB NOT NULL UNIQUE,
  confirmed_ms INTEGER,
  PRIMARY KEY (bridge, address, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX consents_by_owner ON consents (owner, asked_ms);

-- ---------------------------------------------------------------- filters, subscriptions, matches, deliveries

CREATE TABLE filters (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL,
  version  TEXT NOT NULL,
  owner    TEXT NOT NULL DEFAULT 'operator',
  first_ms INTEGER NOT NULL,
  UNIQUE (name, version)
) STRICT;

-- `held_back`: matches that the cap left out since the last delivery. `unsubscribe_token`: 128 random bits; who has it
-- may end the subscription.
CREATE TABLE subscriptions (
  id                INTEGER PRIMARY KEY,
  name              TEXT NOT NULL UNIQUE,
  owner             TEXT NOT NULL DEFAULT 'operator',
  held_back         INTEGER NOT NULL DEFAULT 0,
  state             TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'unsubscribed')),
  state_ms          INTEGER,
  unsubscribe_token TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE matches (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  filter_id  INTEGER NOT NULL REFERENCES filters (id),
  state      TEXT NOT NULL CHECK (state IN ('waiting', 'chosen', 'suppressed', 'unmappable')),
  visit      INTEGER NOT NULL,
  survey_id  INTEGER NOT NULL REFERENCES surveys (id),
  alert_id   ANY NOT NULL,
  object_id  TEXT,
  matched_ms INTEGER NOT NULL,
  event_id   INTEGER REFERENCES events (id),
  code       TEXT,
  reason     TEXT,
  columns    TEXT NOT NULL
) STRICT;
CREATE INDEX matches_by_filter ON matches (filter_id, visit, state);
CREATE INDEX matches_by_event ON matches (event_id);

-- Events of ours that were taken back: by which event, who did it, and when.
CREATE TABLE retractions (
  event_id      INTEGER PRIMARY KEY REFERENCES events (id),
  retraction_id INTEGER NOT NULL UNIQUE REFERENCES events (id),
  retracted_by  TEXT NOT NULL,
  retracted_ms  INTEGER NOT NULL
) STRICT;

-- Where else the public finds an event of ours, and by what name (an ATel, a name of the TNS): said by which event of
-- ours, once an event and name.
CREATE TABLE publications (
  event_id    INTEGER NOT NULL REFERENCES events (id),
  title       TEXT NOT NULL,
  url         TEXT,
  citation_id INTEGER NOT NULL UNIQUE REFERENCES events (id),
  cited_ms    INTEGER NOT NULL,
  PRIMARY KEY (event_id, title)
) STRICT, WITHOUT ROWID;

-- `thread`: what goes to one address about one object of one stream. `about`: the same of any stream.
-- `after_id`: the delivery before it in the thread, for a retraction the delivery that it takes back. `run`: which run of
-- the gateway has it in `sending`, or has had it rendered while `held`. `not_before_ms` is null while a submitted one is
-- being asked about. `digest_id`: the open digest that it waits in; `lead_id`: the delivery whose message shows it, and
-- whose state it shares. `message_ms`: when it became a message of its own, for the cap. `schedule`: `not_before_ms` is a
-- date that was agreed ('digest', 'quiet') and stays when the clock is set. `confirmation`: what to ask, until the
-- message is stored. `draft_id`: the draft that a notice tells of. `rehearsal`: made for a
-- service's sandbox. `draft_token`: 256 random bits, the secret in the link
-- to the draft's page; the link is written more than once, so it is no hash. `dropped_by`: the person who did not want it.
CREATE TABLE deliveries (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  bridge          TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('held', 'queued', 'sending', 'submitted', 'sent', 'duplicate',
                                                 'rejected', 'parked', 'expired', 'dropped')),
  not_before_ms   INTEGER,
  purpose         TEXT NOT NULL CHECK (purpose IN ('event', 'retraction', 'confirmation', 'draft')),
  subscription_id INTEGER NOT NULL REFERENCES subscriptions (id),
  owner           TEXT NOT NULL DEFAULT 'operator',
  match_id        INTEGER REFERENCES matches (id),
  event_id        INTEGER REFERENCES events (id),
  created_ms      INTEGER NOT NULL,
  message_ms      INTEGER,
  expires_ms      INTEGER,
  schedule        TEXT CHECK (schedule IN ('digest', 'quiet')),
  attempts        INTEGER NOT NULL DEFAULT 0,
  run             INTEGER,
  thread          TEXT,
  about           TEXT,
  after_id        INTEGER,
  digest_id       INTEGER REFERENCES digests (id),
  lead_id         INTEGER,
  held_back       INTEGER NOT NULL DEFAULT 0,
  draft           INTEGER NOT NULL DEFAULT 0,
  draft_token     TEXT,
  draft_id        INTEGER,
  rehearsal       INTEGER NOT NULL DEFAULT 0,
  approved_by     TEXT,
  approved_ms     INTEGER,
  dropped_by      TEXT,
  settled_ms      INTEGER,
  reached         TEXT NOT NULL DEFAULT 'no' CHECK (reached IN ('no', 'maybe', 'yes')),
  handle          TEXT,
  error           TEXT,
  reply           TEXT,
  receipt_id      TEXT,
  receipt_ms      INTEGER,
  receipt_reply   TEXT,
  address         TEXT NOT NULL,
  content         TEXT NOT NULL CHECK (content IN ('summary', 'lightweight', 'full')),
  pictures        INTEGER NOT NULL,
  stream_name     TEXT,
  stream_title    TEXT,
  confirmation    TEXT,
  message_key     TEXT,
  message_repeat  TEXT CHECK (message_repeat IN ('safe', 'never')),
  message_body    BLOB,
  CHECK ((purpose IN ('confirmation', 'draft')) = (event_id IS NULL)),
  CHECK ((purpose = 'draft') = (draft_id IS NOT NULL)),
  CHECK ((event_id IS NULL) = (match_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX deliveries_once ON deliveries (subscription_id, event_id) WHERE event_id IS NOT NULL;
-- SQLite takes a partial index for a query that has its WHERE terms word for word.
CREATE INDEX deliveries_due ON deliveries (bridge, not_before_ms, id)
  WHERE state IN ('queued', 'submitted') AND digest_id IS NULL AND lead_id IS NULL;
CREATE INDEX deliveries_sending ON deliveries (bridge, id) WHERE state = 'sending' AND lead_id IS NULL;
CREATE INDEX deliveries_unrendered ON deliveries (bridge, run, id) WHERE state = 'held' AND message_body IS NULL;
CREATE INDEX deliveries_waiting ON deliveries (bridge, address, id) WHERE state IN ('held', 'queued');
CREATE INDEX deliveries_by_digest ON deliveries (digest_id, id) WHERE digest_id IS NOT NULL;
CREATE INDEX deliveries_by_lead ON deliveries (lead_id, id) WHERE lead_id IS NOT NULL;
CREATE INDEX deliveries_by_hour ON deliveries (subscription_id, message_ms) WHERE message_ms IS NOT NULL;
CREATE INDEX deliveries_by_thread ON deliveries (thread, id) WHERE thread IS NOT NULL;
CREATE INDEX deliveries_by_about ON deliveries (about, id) WHERE about IS NOT NULL;
CREATE UNIQUE INDEX deliveries_by_draft_token ON deliveries (draft_token) WHERE draft_token IS NOT NULL;
CREATE INDEX deliveries_by_event ON deliveries (event_id, id) WHERE event_id IS NOT NULL;
-- For lists of people: newest first.
CREATE INDEX deliveries_by_state ON deliveries (state, id);
CREATE INDEX deliveries_by_subscription ON deliveries (subscription_id, id);
CREATE INDEX deliveries_by_owner ON deliveries (owner, id);

-- Open digests alone: one of a subscription and address, due when its members go out as one message. `joined`: how many
-- became members, whatever became of them.
CREATE TABLE digests (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  subscription_id INTEGER NOT NULL REFERENCES subscriptions (id),
  bridge          TEXT NOT NULL,
  address         TEXT NOT NULL,
  due_ms          INTEGER NOT NULL,
  why             TEXT NOT NULL CHECK (why IN ('cadence', 'cap', 'quiet')),
  joined          INTEGER NOT NULL DEFAULT 0,
  UNIQUE (subscription_id, bridge, address)
) STRICT;
CREATE INDEX digests_due ON digests (bridge, due_ms, id);

-- `kind`: 'send' an attempt, 'look' a question. `outcome`: the state that the delivery was put in.
CREATE TABLE delivery_attempts (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
  bridge      TEXT NOT NULL,
  number      INTEGER NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('send', 'look')),
  started_ms  INTEGER NOT NULL,
  ended_ms    INTEGER NOT NULL,
  outcome     TEXT NOT NULL,
  reached     TEXT NOT NULL,
  reply       TEXT
) STRICT;
CREATE INDEX delivery_attempts_by_delivery ON delivery_attempts (delivery_id, id);
CREATE INDEX delivery_attempts_by_time ON delivery_attempts (bridge, started_ms) WHERE kind = 'send';

-- What a draft said: version 0 as it was rendered (written at the first change), then each change by a person. The
-- newest is the delivery's `message_body`.
CREATE TABLE draft_versions (
  delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
  version     INTEGER NOT NULL,
  body        BLOB NOT NULL,
  changed_by  TEXT,
  made_ms     INTEGER NOT NULL,
  PRIMARY KEY (delivery_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE parts (
  hash  TEXT PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE delivery_parts (
  delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
  place       INTEGER NOT NULL,
  hash        TEXT NOT NULL REFERENCES parts (hash),
  media_type  TEXT NOT NULL,
  name        TEXT NOT NULL,
  PRIMARY KEY (delivery_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_parts_by_hash ON delivery_parts (hash);

-- ---------------------------------------------------------------- the ledger: counts that must add up

CREATE TABLE ledger_sources (
  source    TEXT NOT NULL,
  visit     INTEGER NOT NULL,
  received  INTEGER NOT NULL DEFAULT 0,
  decoded   INTEGER NOT NULL DEFAULT 0,
  duplicate INTEGER NOT NULL DEFAULT 0,
  parked    INTEGER NOT NULL DEFAULT 0,
  dead      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (source, visit)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_filters (
  filter_id  INTEGER NOT NULL REFERENCES filters (id),
  visit      INTEGER NOT NULL,
  passed     INTEGER NOT NULL DEFAULT 0,
  errored    INTEGER NOT NULL DEFAULT 0,
  chosen     INTEGER NOT NULL DEFAULT 0,
  waiting    INTEGER NOT NULL DEFAULT 0,
  suppressed INTEGER NOT NULL DEFAULT 0,
  unmappable INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (filter_id, visit)
) STRICT, WITHOUT ROWID;

-- Sums over visits, for pages: years of nights make more rows than a page can wait for. Kept by triggers. A source
-- counts its packets of no visit (0) too, but not 0 as a visit.
CREATE TABLE ledger_source_totals (
  source    TEXT PRIMARY KEY,
  visits    INTEGER NOT NULL,
  received  INTEGER NOT NULL,
  decoded   INTEGER NOT NULL,
  duplicate INTEGER NOT NULL,
  parked    INTEGER NOT NULL,
  dead      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER source_counted AFTER INSERT ON ledger_sources BEGIN
  INSERT INTO ledger_source_totals
    VALUES (NEW.source, NEW.visit <> 0, NEW.received, NEW.decoded, NEW.duplicate, NEW.parked, NEW.dead)
    ON CONFLICT DO UPDATE SET visits = visits + excluded.visits, received = received + excluded.received,
      decoded = decoded + excluded.decoded, duplicate = duplicate + excluded.duplicate,
      parked = parked + excluded.parked, dead = dead + excluded.dead;
END;

CREATE TRIGGER source_counted_on AFTER UPDATE ON ledger_sources BEGIN
  UPDATE ledger_source_totals SET received = received + NEW.received - OLD.received,
      decoded = decoded + NEW.decoded - OLD.decoded, duplicate = duplicate + NEW.duplicate - OLD.duplicate,
      parked = parked + NEW.parked - OLD.parked, dead = dead + NEW.dead - OLD.dead
    WHERE source = NEW.source;
END;

CREATE TABLE ledger_filter_totals (
  filter_id  INTEGER PRIMARY KEY REFERENCES filters (id),
  passed     INTEGER NOT NULL,
  errored    INTEGER NOT NULL,
  chosen     INTEGER NOT NULL,
  waiting    INTEGER NOT NULL,
  suppressed INTEGER NOT NULL,
  unmappable INTEGER NOT NULL
) STRICT;

CREATE TRIGGER filter_counted AFTER INSERT ON ledger_filters BEGIN
  INSERT INTO ledger_filter_totals
    VALUES (NEW.filter_id, NEW.passed, NEW.errored, NEW.chosen, NEW.waiting, NEW.suppressed, NEW.unmappable)
    ON CONFLICT DO UPDATE SET passed = passed + excluded.passed, errored = errored + excluded.errored,
      chosen = chosen + excluded.chosen, waiting = waiting + excluded.waiting,
      suppressed = suppressed + excluded.suppressed, unmappable = unmappable + excluded.unmappable;
END;

CREATE TRIGGER filter_counted_on AFTER UPDATE ON ledger_filters BEGIN
  UPDATE ledger_filter_totals SET passed = passed + NEW.passed - OLD.passed,
      errored = errored + NEW.errored - OLD.errored, chosen = chosen + NEW.chosen - OLD.chosen,
      waiting = waiting + NEW.waiting - OLD.waiting, suppressed = suppressed + NEW.suppressed - OLD.suppressed,
      unmappable = unmappable + NEW.unmappable - OLD.unmappable
    WHERE filter_id = NEW.filter_id;
END;

-- chosen + notices = deliveries + left out. Notices: retractions, confirmations and notices of drafts, which no filter
-- chose.
CREATE TABLE ledger_subscriptions (
  subscription_id INTEGER PRIMARY KEY REFERENCES subscriptions (id),
  chosen          INTEGER NOT NULL DEFAULT 0,
  notices         INTEGER NOT NULL DEFAULT 0,
  deliveries      INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE ledger_left_out (
  subscription_id INTEGER NOT NULL REFERENCES subscriptions (id),
  reason          TEXT NOT NULL CHECK (reason IN ('test', 'unverified', 'paused', 'unsubscribed', 'suppressed',
                                                  'repeat', 'cap')),
  n               INTEGER NOT NULL,
  PRIMARY KEY (subscription_id, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_events (
  origin TEXT PRIMARY KEY,
  stored INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Kept by triggers: no way of changing a delivery's state can forget to count it.
CREATE TABLE ledger_bridges (
  bridge     TEXT NOT NULL,
  state      TEXT NOT NULL,
  deliveries INTEGER NOT NULL,
  PRIMARY KEY (bridge, state)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER delivery_added AFTER INSERT ON deliveries BEGIN
  INSERT INTO ledger_bridges VALUES (NEW.bridge, NEW.state, 1)
    ON CONFLICT DO UPDATE SET deliveries = deliveries + 1;
END;

CREATE TRIGGER delivery_moved AFTER UPDATE OF state ON deliveries WHEN OLD.state <> NEW.state BEGIN
  UPDATE ledger_bridges SET deliveries = deliveries - 1 WHERE bridge = OLD.bridge AND state = OLD.state;
  INSERT INTO ledger_bridges VALUES (NEW.bridge, NEW.state, 1)
    ON CONFLICT DO UPDATE SET deliveries = deliveries + 1;
END;
