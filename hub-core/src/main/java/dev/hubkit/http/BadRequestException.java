package dev.hubkit.http;

import java.io.IOException;

/** A request that is answered with a status of failure, after which the connection is closed. */
final class BadRequestException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * Makes one.
   *
   * @param detail what the answer says beyond the name of the status; empty for nothing
   */
  BadRequestException(int status, String detail) {
    super(detail);
    this.status = status;
  }

  static BadRequestException malformed() {
    return new BadRequestException(400, "");
  }

  int status() {
    return status;
  }

  /** Such as {@code 400 Bad Request: missing required Host header}; as Go's net/http has it. */
  String line() {
    String detail = getMessage();
    String line = status + " " + Status.reason(status);
    return detail == null || detail.isEmpty() ? line : line + ": " + detail;
  }
}
