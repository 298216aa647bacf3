package dev.hubkit.fossil.web;

/** A request that has no page for its answer. */
final class PageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  PageException(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  int status() {
    return status;
  }

  String text() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}
