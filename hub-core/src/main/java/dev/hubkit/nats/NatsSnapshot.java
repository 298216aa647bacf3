package dev.hubkit.nats;

import dev.hubkit.nats.jetstream.stream.AccountSnapshot;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;

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
