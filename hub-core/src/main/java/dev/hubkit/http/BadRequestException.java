package dev.hubkit.http;

import java.io.IOException;

/**
 * Thrown for a request that the server answers with a status of failure before it closes the
 * connection.
 */
final class BadRequestException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * Makes an exception.
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

  /**
   * The line of the answer, such as {@code 400 Bad Request: missing required Host header}, as Go's
   * net/http writes it.
   */
  String line() {
    String detail = getMessage();
    String line = status + " " + Status.reason(status);
    return detail == null || detail.isEmpty() ? line : line + ": " + detail;
  }
}
