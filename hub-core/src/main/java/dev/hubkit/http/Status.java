package dev.hubkit.http;

import java.nio.charset.StandardCharsets;

/** Status codes of HTTP (RFC 9110, 15). */
final class Status {
  private Status() {}

  static String reason(int status) {
    return switch (status) {
      case 100 -> "Continue";
      case 101 -> "Switching Protocols";
      case 200 -> "OK";
      case 201 -> "Created";
      case 202 -> "Accepted";
      case 204 -> "No Content";
      case 206 -> "Partial Content";
      case 301 -> "Moved Permanently";
      case 302 -> "Found";
      case 303 -> "See Other";
      case 304 -> "Not Modified";
      case 307 -> "Temporary Redirect";
      case 308 -> "Permanent Redirect";
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 406 -> "Not Acceptable";
      case 408 -> "Request Timeout";
      case 409 -> "Conflict";
      case 410 -> "Gone";
      case 411 -> "Length Required";
      case 413 -> "Request Entity Too Large";
      case 414 -> "Request URI Too Long";
      case 415 -> "Unsupported Media Type";
      case 417 -> "Expectation Failed";
      case 429 -> "Too Many Requests";
      case 431 -> "Request Header Fields Too Large";
      case 500 -> "Internal Server Error";
      case 501 -> "Not Implemented";
      case 502 -> "Bad Gateway";
      case 503 -> "Service Unavailable";
      case 504 -> "Gateway Timeout";
      case 505 -> "HTTP Version Not Supported";
      case 507 -> "Insufficient Storage";
      default -> "Status";
    };
  }

  /** Returns whether an answer with the status never has a body (RFC 9110, 6.4.1). */
  static boolean hasNoBody(int status) {
    return status < 200 || status == 204 || status == 304;
  }

  /**
   * The whole answer to a request that no handler sees, after which the connection is closed.
   *
   * @param line such as {@code 413 Request Entity Too Large}
   */
  static byte[] refusal(String line) {
    String text =
        "HTTP/1.1 "
            + line
            + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
            + line;
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
