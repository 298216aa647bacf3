package dev.hubkit.fossil.web;

/** Thrown for a request that no page answers. */
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
