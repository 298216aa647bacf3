package dev.hubkit.cli;

/** How nats-server marks the lines of its log, and their severity in a syslog. */
enum LogLabel {
  FATAL("FTL", 2),
  ERROR("ERR", 3),
  WARN("WRN", 4),
  INFO("INF", 5),
  DEBUG("DBG", 7),
  TRACE("TRC", 5);

  private final String text;
  private final int severity;

  LogLabel(String text, int severity) {
    this.text = text;
    this.severity = severity;
  }

  String text() {
    return text;
  }

  /** Returns the severity of RFC 5424 that nats-server gives such a line (logger/syslog.go). */
  int severity() {
    return severity;
  }
}
