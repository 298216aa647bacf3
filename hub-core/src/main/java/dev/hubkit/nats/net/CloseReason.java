package dev.hubkit.nats.net;

/** Why a connection was closed, in the words monitoring shows. */
public enum CloseReason {
  CLIENT_CLOSED("Client Closed"),
  AUTHENTICATION_TIMEOUT("Authentication Timeout"),
  AUTHENTICATION_VIOLATION("Authentication Failure"),
  TLS_HANDSHAKE_ERROR("TLS Handshake Failure"),
  SLOW_CONSUMER_PENDING_BYTES("Slow Consumer (Pending Bytes)"),
  SLOW_CONSUMER_WRITE_DEADLINE("Slow Consumer (Write Deadline)"),
  WRITE_ERROR("Write Error"),
  READ_ERROR("Read Error"),
  PARSE_ERROR("Parse Error"),
  STALE_CONNECTION("Stale Connection"),
  PROTOCOL_VIOLATION("Protocol Violation"),
  BAD_CLIENT_PROTOCOL_VERSION("Bad Client Protocol Version"),
  WRONG_PORT("Incorrect Port"),
  MAX_ACCOUNT_CONNECTIONS_EXCEEDED("Maximum Account Connections Exceeded"),
  MAX_CONNECTIONS_EXCEEDED("Maximum Connections Exceeded"),
  MAX_PAYLOAD_EXCEEDED("Maximum Message Payload Exceeded"),
  MAX_CONTROL_LINE_EXCEEDED("Maximum Control Line Exceeded"),
  MAX_SUBSCRIPTIONS_EXCEEDED("Maximum Subscriptions Exceeded"),
  SERVER_SHUTDOWN("Server Shutdown"),
  AUTHENTICATION_EXPIRED("Authentication Expired"),
  MISSING_ACCOUNT("Missing Account"),
  REVOCATION("Credentials Revoked"),
  NO_RESPONDERS_REQUIRES_HEADERS("No Responders Requires Headers"),
  KICKED("Kicked"),
  PROXY_NOT_TRUSTED("Proxy Not Trusted"),
  PROXY_REQUIRED("Proxy Required"),
  /** Something went wrong in the server; the real one has no word for it, since it would end. */
  INTERNAL_ERROR("Internal Server Error");

  private final String text;

  CloseReason(String text) {
    this.text = text;
  }

  /**
   * Returns whether the other side may still be there to be told something; nats-server does not
   * try otherwise ({@code markConnAsClosed} of {@code client.go}).
   */
  public boolean hasListener() {
    return switch (this) {
      case READ_ERROR,
          WRITE_ERROR,
          SLOW_CONSUMER_PENDING_BYTES,
          SLOW_CONSUMER_WRITE_DEADLINE,
          TLS_HANDSHAKE_ERROR ->
          false;
      default -> true;
    };
  }

  /** Returns the reason of that text; {@link #INTERNAL_ERROR} when it is none of these. */
  public static CloseReason named(String text) {
    for (CloseReason reason : values()) {
      if (reason.text.equals(text)) {
        return reason;
      }
    }
    return INTERNAL_ERROR;
  }

  /** Returns as in {@code /connz}. */
  public String text() {
    return text;
  }

  @Override
  public String toString() {
    return text;
  }
}
