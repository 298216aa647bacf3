package dev.hubkit.junit.journal;

import dev.hubkit.fossil.sync.SyncSummary;
import dev.hubkit.junit.message.MessageView;
import dev.hubkit.nats.wire.HeaderBlock;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An entry of the journal: one event in a hub. Immutable. */
public final class JournalEntry {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int SHOWN_PAYLOAD = 80;

  /** The kinds of entries. */
  public enum Kind {
    /** A NATS client has logged in (CONNECT). */
    CONNECTED,
    /** A NATS client has disconnected; {@link JournalEntry#detail()} returns the reason. */
    DISCONNECTED,
    /** A client has published a message (PUB, HPUB): also API requests and acknowledgements. */
    PUBLISHED,
    /** The server has sent a message to a client (MSG, HMSG). */
    DELIVERED,
    /** A client has subscribed (SUB). */
    SUBSCRIBED,
    /** A client has ended a subscription (UNSUB). */
    UNSUBSCRIBED,
    /** A client has sent PING or PONG. */
    RECEIVED,
    /** The server has sent INFO, PING, PONG or +OK to a client. */
    SENT,
    /** The server has sent an error (-ERR), which {@link JournalEntry#detail()} returns. */
    ERROR,
    /** The Fossil server has responded to an HTTP request; syncs are such requests. */
    EXCHANGED,
    /**
     * The test has done something to a server of the hub's cluster, or to its links, which {@link
     * JournalEntry#detail()} tells.
     */
    DISTURBED
  }

  private final long number;
  private final Instant time;
  private final long realNanos;
  private final int unflushed;
  private final Kind kind;
  private final long client;
  private final @Nullable String clientName;
  private final @Nullable String account;
  private final @Nullable String server;
  private final String subject;
  private final @Nullable String reply;
  private final @Nullable String sid;
  private final byte[] header;
  private final byte[] payload;
  private final int payloadLength;
  private final String detail;
  private final int status;
  private final @Nullable SyncSummary sync;
  private final boolean background;

  private JournalEntry(Builder from) {
    number = from.number;
    time = from.time;
    realNanos = from.realNanos;
    unflushed = from.unflushed;
    kind = from.kind;
    client = from.client;
    clientName = from.clientName;
    account = from.account;
    server = from.server;
    subject = from.subject;
    reply = from.reply;
    sid = from.sid;
    header = from.header;
    payload = from.payload;
    payloadLength = from.payloadLength;
    detail = from.detail;
    status = from.status;
    sync = from.sync;
    background = from.background;
  }

  /** Returns the number of the entry in the journal, beginning with 1. */
  public long number() {
    return number;
  }

  /** Returns when the event happened, in the hub's time. */
  public Instant time() {
    return time;
  }

  /**
   * Returns when the event happened by {@link System#nanoTime()} of the machine, whose time flows
   * on while the hub's stands still or jumps; 0 where no trace is kept.
   */
  public long realNanos() {
    return realNanos;
  }

  /**
   * Returns how many bytes waited for the client when a message had been delivered to it, with that
   * message; 0 for other entries, and where no trace is kept.
   */
  public int unflushedBytes() {
    return unflushed;
  }

  /** Returns the kind of the entry. */
  public Kind kind() {
    return kind;
  }

  /** Returns the ID of the NATS client ({@code client_id} in INFO); 0 where there is none. */
  public long client() {
    return client;
  }

  /** Returns the name in the client's CONNECT; empty for none. */
  public Optional<String> clientName() {
    return Optional.ofNullable(clientName);
  }

  /** Returns the account of the client; empty for none. */
  public Optional<String> account() {
    return Optional.ofNullable(account);
  }

  /** Returns the name of the server, where a hub has several; otherwise empty. */
  public Optional<String> server() {
    return Optional.ofNullable(server);
  }

  /** Returns the subject of the message or subscription; empty for none. */
  public String subject() {
    return subject;
  }

  /** Returns the reply subject of the message; empty for none. */
  public Optional<String> reply() {
    return Optional.ofNullable(reply);
  }

  /** Returns the subscription ID of SUB, UNSUB and deliveries; empty for others. */
  public Optional<String> sid() {
    return Optional.ofNullable(sid);
  }

  /**
   * Returns a copy of the payload of the message, or of its first {@value Journal#KEPT_PAYLOAD}
   * bytes, which is what the journal keeps.
   */
  public byte[] payload() {
    return payload.clone();
  }

  /** Returns {@link #payload()}, decoded as UTF-8. */
  public String text() {
    return new String(payload, StandardCharsets.UTF_8);
  }

  /** Returns the length of the whole payload. */
  public int payloadLength() {
    return payloadLength;
  }

  /** Returns the headers of the message: the names as the client sent them, with their values. */
  public Map<String, List<String>> headers() {
    return message().headers();
  }

  /**
   * Returns the message as matchers see it: with the part of the payload that the journal keeps.
   */
  public MessageView message() {
    return MessageView.of(subject, header, payload, payloadLength);
  }

  /** Returns a copy of the header block, as the client sent it. */
  byte[] headerBlock() {
    return header.clone();
  }

  /** Returns the status and its text in the first header line, as {@code 503}; empty for none. */
  public String headerStatus() {
    return HeaderBlock.status(header);
  }

  /**
   * Returns a close reason, error text, queue group, operation, method and URI, or what a test has
   * done to a server, by kind.
   */
  public String detail() {
    return detail;
  }

  /** Returns the status of an HTTP response; 0 for other entries. */
  public int status() {
    return status;
  }

  /**
   * Returns whether the toolkit or a client library did this on its own. These are the operations
   * of the toolkit's connection, which creates declared state and serves assertions and reports;
   * INFO, PING, PONG and +OK; subscriptions to inboxes; and JetStream's acknowledgements of
   * published messages.
   */
  public boolean isBackground() {
    return background;
  }

  /** Returns the summary of a sync message; empty for other entries. */
  public Optional<SyncSummary> sync() {
    return Optional.ofNullable(sync);
  }

  /** Returns the acknowledgement that the message is; empty for other entries. */
  public Optional<Acknowledgement> acknowledgement() {
    return kind == Kind.PUBLISHED ? Acknowledgement.of(subject, text()) : Optional.empty();
  }

  /** Returns one readable line. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(STAMP.format(time)).append(' ');
    if (server != null) {
      line.append(server).append(' ');
    }
    if (client != 0) {
      line.append('#').append(client);
      if (clientName != null) {
        line.append(" \"").append(clientName).append('"');
      }
      line.append(' ');
    }
    line.append(verb());
    if (!subject.isEmpty()) {
      line.append(' ').append(subject);
    }
    if (reply != null) {
      line.append(" (reply ").append(reply).append(')');
    }
    if (!detail.isEmpty()) {
      line.append(' ').append(detail);
    }
    if (status != 0) {
      line.append(" -> ").append(status);
    }
    if (sync != null) {
      line.append(", sync ").append(sync.received()).append(" -> ").append(sync.sent());
      if (sync.error() != null) {
        line.append(", error: ").append(sync.error());
      }
    }
    if (header.length > 0) {
      String status = headerStatus();
      line.append(status.isEmpty() ? "" : " " + status);
      headers().forEach((name, values) -> line.append(' ').append(name).append('=').append(values));
    }
    if (kind == Kind.PUBLISHED || kind == Kind.DELIVERED) {
      line.append(", ").append(payloadLength).append(" bytes");
      if (payload.length > 0) {
        line.append(": ").append(shown());
      }
    }
    return line.toString();
  }

  private String verb() {
    return switch (kind) {
      case CONNECTED -> "CONNECT";
      case DISCONNECTED -> "gone:";
      case PUBLISHED -> "PUB";
      case DELIVERED -> "MSG";
      case SUBSCRIBED -> "SUB";
      case UNSUBSCRIBED -> "UNSUB " + sid;
      case RECEIVED -> "sends";
      case SENT -> "is sent";
      case ERROR -> "-ERR";
      case EXCHANGED -> "HTTP";
      case DISTURBED -> "--";
    };
  }

  private String shown() {
    StringBuilder shown = new StringBuilder();
    String text = text();
    for (int i = 0; i < Math.min(text.length(), SHOWN_PAYLOAD); i++) {
      char c = text.charAt(i);
      shown.append(c < ' ' || c == 0x7f || c == 0xfffd ? '\u00b7' : c);
    }
    return shown.append(text.length() > SHOWN_PAYLOAD ? "…" : "").toString();
  }

  /** Returns the approximate size of the entry in memory, in bytes. */
  int size() {
    return 200
        + 2 * (subject.length() + (reply == null ? 0 : reply.length()) + detail.length())
        + header.length
        + payload.length;
  }

  /** Builds an entry. */
  static final class Builder {
    private static final byte[] NOTHING = {};

    private final Kind kind;
    private long number;
    private Instant time = Instant.EPOCH;
    private long realNanos;
    private int unflushed;
    private long client;
    private @Nullable String clientName;
    private @Nullable String account;
    private @Nullable String server;
    private String subject = "";
    private @Nullable String reply;
    private @Nullable String sid;
    private byte[] header = NOTHING;
    private byte[] payload = NOTHING;
    private int payloadLength;
    private String detail = "";
    private int status;
    private @Nullable SyncSummary sync;
    private boolean background;

    Builder(Kind kind) {
      this.kind = kind;
    }

    Builder client(long id, @Nullable String name, @Nullable String in) {
      client = id;
      clientName = name == null || name.isEmpty() ? null : name;
      account = in;
      return this;
    }

    Builder server(@Nullable String name) {
      server = name;
      return this;
    }

    Builder subject(String text, @Nullable String replySubject) {
      subject = text;
      reply = replySubject;
      return this;
    }

    Builder sid(String id) {
      sid = id;
      return this;
    }

    Builder content(byte[] headerBlock, byte[] begin, int length) {
      header = headerBlock;
      payload = begin;
      payloadLength = length;
      return this;
    }

    Builder background(boolean on) {
      background |= on;
      return this;
    }

    Builder detail(String text) {
      detail = text;
      return this;
    }

    Builder exchange(int answered, @Nullable SyncSummary about) {
      status = answered;
      sync = about;
      return this;
    }

    Builder unflushed(long bytes) {
      unflushed = (int) Math.min(Integer.MAX_VALUE, bytes);
      return this;
    }

    /** Builds the entry with its number and times. */
    JournalEntry build(long place, Instant when, long real) {
      number = place;
      time = when;
      realNanos = real;
      return new JournalEntry(this);
    }
  }
}
