CREATE DATABASE IF NOT EXISTS socklock;
CREATE TABLE IF NOT EXISTS socklock.minutes (
  day Date,
  minute DateTime('UTC'),
  host String,
  trace FixedString(16),
  covered_ns UInt64,
  boot FixedString(16),
  kernel String,
  machine String,
  spinlock_mode String,
  cpus UInt16,
  level UInt8,
  labels Array(String),
  connections_opened UInt64,
  connections_accepted UInt64,
  connections_closed UInt64,
  send_operations UInt64,
  send_bytes UInt64,
  receive_operations UInt64,
  receive_bytes UInt64,
  stated UInt64,
  cpu_busy_ns UInt64,
  lost_totals UInt64,
  lost_details UInt64,
  recorder_cpu_ns UInt64,
  bpf_ns UInt64,
  taxonomy UInt32,
  revision UInt64,
  `lock.name` Array(UInt64),
  `lock.contentions` Array(UInt64),
  `lock.gave_up` Array(UInt64),
  `lock.wait_ns` Array(UInt64),
  `lock.min_ns` Array(UInt64),
  `lock.max_ns` Array(UInt64),
  `cell.name` Array(UInt64),
  `cell.bucket` Array(UInt16),
  `cell.waits` Array(UInt64)
) ENGINE = ReplacingMergeTree(revision) PARTITION BY day ORDER BY (toStartOfHour(minute), host, minute, trace) SETTINGS index_granularity = 256;
CREATE TABLE IF NOT EXISTS socklock.minutes_in AS socklock.minutes ENGINE = Null;
CREATE MATERIALIZED VIEW IF NOT EXISTS socklock.minutes_intake TO socklock.minutes AS SELECT * FROM socklock.minutes_in
  WHERE day = toDate(minute, 'UTC') AND minute > now() - 35 * 86400 AND minute < now() + 3600
    AND length(host) BETWEEN 1 AND 253 AND covered_ns <= 7200000000000 AND length(labels) <= 32
    AND length(lock.name) <= 4096 AND length(cell.bucket) <= 65536;
CREATE TABLE IF NOT EXISTS socklock.hours (
  day Date,
  minute DateTime('UTC'),
  host String,
  trace FixedString(16),
  covered_ns UInt64,
  boot FixedString(16),
  kernel String,
  machine String,
  spinlock_mode String,
  cpus UInt16,
  level UInt8,
  labels Array(String),
  connections_opened UInt64,
  connections_accepted UInt64,
  connections_closed UInt64,
  send_operations UInt64,
  send_bytes UInt64,
  receive_operations UInt64,
  receive_bytes UInt64,
  stated UInt64,
  cpu_busy_ns UInt64,
  lost_totals UInt64,
  lost_details UInt64,
  recorder_cpu_ns UInt64,
  bpf_ns UInt64,
  taxonomy UInt32,
  revision UInt64,
  `lock.name` Array(UInt64),
  `lock.contentions` Array(UInt64),
  `lock.gave_up` Array(UInt64),
  `lock.wait_ns` Array(UInt64),
  `lock.min_ns` Array(UInt64),
  `lock.max_ns` Array(UInt64),
  `cell.name` Array(UInt64),
  `cell.bucket` Array(UInt16),
  `cell.waits` Array(UInt64)
) ENGINE = ReplacingMergeTree(revision) PARTITION BY toYYYYMM(day) ORDER BY (day, host, minute, trace) SETTINGS index_granularity = 256;
CREATE TABLE IF NOT EXISTS socklock.hours_in AS socklock.hours ENGINE = Null;
CREATE MATERIALIZED VIEW IF NOT EXISTS socklock.hours_intake TO socklock.hours AS SELECT * FROM socklock.hours_in
  WHERE day = toDate(minute, 'UTC') AND minute > now() - 35 * 86400 AND minute < now() + 3600
    AND length(host) BETWEEN 1 AND 253 AND covered_ns <= 7200000000000 AND length(labels) <= 32
    AND length(lock.name) <= 4096 AND length(cell.bucket) <= 65536;
CREATE TABLE IF NOT EXISTS socklock.names (name UInt64, lock_class String, role String, call_path String, context String,
  function String, kind String, taxonomy UInt32) ENGINE = ReplacingMergeTree(taxonomy) ORDER BY name;
CREATE TABLE IF NOT EXISTS socklock.names_in AS socklock.names ENGINE = Null;
CREATE MATERIALIZED VIEW IF NOT EXISTS socklock.names_intake TO socklock.names AS SELECT * FROM socklock.names_in
  WHERE length(lock_class) < 256 AND length(role) < 256 AND length(call_path) < 256 AND length(context) < 256
    AND length(function) < 256 AND length(kind) < 256;
CREATE TABLE IF NOT EXISTS socklock.schema (version UInt32, applied DateTime, cluster String, shards UInt32) ENGINE = TinyLog;
CREATE VIEW IF NOT EXISTS socklock.waits AS SELECT day, minute, host, kernel, labels, lock_class, role, call_path,
  context, function, kind, contentions, wait_ns, max_ns
FROM (SELECT day, minute, host, kernel, labels, n AS name, c AS contentions, w AS wait_ns, x AS max_ns
  FROM socklock.minutes FINAL ARRAY JOIN lock.name AS n, lock.contentions AS c, lock.wait_ns AS w, lock.max_ns AS x)
ANY LEFT JOIN (SELECT name, lock_class, role, call_path, context, function, kind FROM socklock.names) USING (name);
CREATE VIEW IF NOT EXISTS socklock.waits_by_hour AS SELECT day, minute, host, kernel, labels, lock_class, role, call_path,
  context, function, kind, contentions, wait_ns, max_ns
FROM (SELECT day, minute, host, kernel, labels, n AS name, c AS contentions, w AS wait_ns, x AS max_ns
  FROM socklock.hours FINAL ARRAY JOIN lock.name AS n, lock.contentions AS c, lock.wait_ns AS w, lock.max_ns AS x)
ANY LEFT JOIN (SELECT name, lock_class, role, call_path, context, function, kind FROM socklock.names) USING (name);
INSERT INTO socklock.schema VALUES (1, now(), '', 1);
