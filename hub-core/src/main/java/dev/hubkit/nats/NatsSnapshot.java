package dev.hubkit.nats;

import dev.hubkit.nats.jetstream.stream.AccountSnapshot;
import dev.hubkit.time.Nanos;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The streams of a server's accounts at one moment. Immutable.
 *
 * @param accounts by their names
 */
@SuppressWarnings("exports")
public record NatsSnapshot(Map<String, AccountSnapshot> accounts) {
  private static final int MAGIC = 0x48554E31; // HUN1
  private static final int MAX_ACCOUNTS = 100_000;

  /** Keeps a copy of the map. */
  public NatsSnapshot {
    accounts = Map.copyOf(accounts);
  }

  /** The streams of an account; none when it is not in here. */
  @SuppressWarnings("exports")
  public AccountSnapshot of(String account) {
    return accounts.getOrDefault(account, AccountSnapshot.EMPTY);
  }

  /** Whether there is no stream. */
  public boolean isEmpty() {
    return accounts.values().stream().allMatch(AccountSnapshot::isEmpty);
  }

  /** Returns the time of the newest message; the epoch if there never was one. */
  public Instant newest() {
    long newest =
        accounts.values().stream()
            .flatMap(account -> account.streams().stream())
            .mapToLong(stream -> stream.messages().lastTimestamp())
            .max()
            .orElse(0);
    return Instant.EPOCH.plusNanos(newest);
  }

  /**
   * Returns the messages that an age or a time to live would remove at some time, as text such as
   * "3 of 7 messages of ORDERS"; empty for none.
   */
  public String expiredAt(Instant time) {
    long now = Nanos.of(Duration.between(Instant.EPOCH, time));
    return accounts.values().stream()
        .flatMap(account -> account.streams().stream())
        .map(stream -> stream.expiredAt(now))
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining(", "));
  }

  /** Returns this with all times moved: those of messages, streams and consumers. */
  public NatsSnapshot shifted(Duration by) {
    Map<String, AccountSnapshot> shifted = new TreeMap<>();
    accounts.forEach((name, account) -> shifted.put(name, account.shifted(by.toNanos())));
    return new NatsSnapshot(shifted);
  }

  /** Writes it in a form that {@link #readFrom} reads; does not close {@code out}. */
  public void writeTo(OutputStream out) throws IOException {
    DataOutputStream data = new DataOutputStream(new BufferedOutputStream(out, 1 << 16));
    data.writeInt(MAGIC);
    data.writeInt(accounts.size());
    for (Map.Entry<String, AccountSnapshot> account : new TreeMap<>(accounts).entrySet()) {
      data.writeUTF(account.getKey());
      account.getValue().writeTo(data);
    }
    data.flush();
  }

  /**
   * Reads what was written, by this or another server; does not close {@code in}.
   *
   * @throws IOException if it is none
   */
  public static NatsSnapshot readFrom(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    if (data.readInt() != MAGIC) {
      throw new IOException("Not a snapshot of a NATS server");
    }
    int count = data.readInt();
    if (count < 0 || count > MAX_ACCOUNTS) {
      throw new IOException("Not a snapshot of a NATS server: " + count + " accounts");
    }
    Map<String, AccountSnapshot> accounts = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      accounts.put(data.readUTF(), AccountSnapshot.readFrom(data));
    }
    return new NatsSnapshot(accounts);
  }
}
