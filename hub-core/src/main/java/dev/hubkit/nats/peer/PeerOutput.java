package dev.hubkit.nats.peer;

import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.MemoryBudget;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The bytes on their way to another server. Any thread appends; one thread writes. What is appended
 * waits for {@link #flush}, unless the writing thread is busy anyway. Its buffers count to the
 * memory that all connections share. Thread-safe.
 */
public final class PeerOutput {
  // What holds less than this part of the memory asks others to release some.
  private static final int MOST_OF_MEMORY = 4;
  private static final int FIRST = 8 * 1024;
  private static final int KEPT = (MemoryBudget.isSmall() ? 64 : 1024) * 1024;

  /** Returned when there is no memory for what was to be appended. */
  static final long NO_ROOM = -1;

  /** Returned when no buffer is being written. */
  static final long NOT_WRITING = -1;

  private static final byte[] END = {'\r', '\n'};

  private final MemoryBudget memory;
  private long held; // what the buffers take beyond their first size
  private byte[] filling = new byte[FIRST];
  private int length;
  private byte[] spare = new byte[FIRST];
  private long writing;
  private boolean writerBusy;
  private boolean ending;
  private boolean closed;
  private int drains; // how many threads wait until all is written
  private long messages;
  private long messageBytes;
  // How many buffers have been written: what stands still here while something waits is stuck.
  private long rounds;

  public PeerOutput(MemoryBudget memory) {
    this.memory = memory;
  }

  public static byte[] line(String start, byte[] rest) {
    byte[] head = start.getBytes(StandardCharsets.US_ASCII);
    byte[] line = Arrays.copyOf(head, head.length + rest.length + 2);
    System.arraycopy(rest, 0, line, head.length, rest.length);
    line[line.length - 2] = '\r';
    line[line.length - 1] = '\n';
    return line;
  }

  /** Appends protocol text, even when there is no memory for it. */
  public synchronized void append(byte[] text) {
    if (reserve(text.length, true)) {
      put(text);
    }
  }

  /**
   * Appends a message, HMSG when it has headers.
   *
   * @param head what stands before the subject of a message without headers: RMSG and an account,
   *     or LMSG, and a space
   * @param route the subject that the subscribers there asked for; where the message has another,
   *     that goes behind the reply, as nats-server has it for what JetStream delivers
   * @return the bytes that wait now; {@link #NO_ROOM} when it is not appended
   */
  long append(byte[] head, String route, Message message, String[] queues) {
    return append(head, false, route, message, queues);
  }

  private synchronized long append(
      byte[] head, boolean sized, String route, Message message, String[] queues) {
    int begin = length;
    boolean whole = false;
    try {
      if (!put(head, sized, route, message, queues)) {
        return closed ? 0 : NO_ROOM;
      }
      whole = true;
    } finally {
      if (!whole) {
        length = Math.min(length, begin);
      }
    }
    messages++;
    messageBytes += message.length();
    return length + writing;
  }

  /**
   * Appends a message, whatever waits already; where there is no memory for it, has those
   * connections closed that hold most of it, which can be this one.
   *
   * @param most bytes that may wait
   * @return why the connection is to be closed as slow; empty when it is not
   */
  public String forward(byte[] head, String route, Message message, String[] queues, long most) {
    return forward(head, false, route, message, queues, most);
  }

  /**
   * Likewise.
   *
   * @param sized whether the size of the headers is told even where there are none, as behind an
   *     LMSG of a route
   */
  public String forward(
      byte[] head, boolean sized, String route, Message message, String[] queues, long most) {
    long pending = append(head, sized, route, message, queues);
    if (pending == NO_ROOM) {
      if (held() < memory.limit() / MOST_OF_MEMORY) {
        memory.relieve(message.length());
        pending = append(head, sized, route, message, queues);
      }
      if (pending == NO_ROOM) {
        return "there is no memory for more than the " + pending() + " bytes that wait";
      }
    }
    return pending > Math.min(most, memory.limit() / 2) ? pending + " bytes wait" : "";
  }

  private boolean put(byte[] head, boolean sized, String route, Message message, String[] queues) {
    byte[] subject = message.subjectBytes();
    byte[] to = route.equals(message.subject()) ? subject : utf8(route);
    boolean carried = to != subject;
    int names = 0;
    for (String queue : queues) {
      names += queue.length() * 3 + 1;
    }
    int most =
        head.length
            + to.length
            + (carried ? subject.length : 0)
            + message.replyLength()
            + names
            + message.length()
            + 48;
    if (!reserve(most, false)) {
      return false;
    }
    boolean headers = message.headerLength() > 0;
    int kind = length;
    put(head);
    if (headers && !sized) {
      filling[kind] = 'H';
    }
    put(to);
    put(' ');
    boolean reply = carried || message.hasReply();
    if (queues.length > 0) {
      put(reply ? '+' : '|');
      put(' ');
    }
    if (reply) {
      length = message.copyReply(filling, length);
      if (carried) {
        put('@');
        put(subject);
      }
      put(' ');
    }
    for (String queue : queues) {
      put(utf8(queue));
      put(' ');
    }
    if (headers || sized) {
      number(message.headerLength());
      put(' ');
    }
    number(message.length());
    put(END);
    System.arraycopy(message.buffer(), message.offset(), filling, length, message.length());
    length += message.length();
    put(END);
    return true;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private boolean reserve(int more, boolean anyway) {
    if (closed) {
      return false;
    }
    if (length + more > filling.length) {
      int size = Math.max(length + more, filling.length * 2);
      int added = size - filling.length;
      if (anyway) {
        memory.take(added);
      } else if (!memory.reserve(added)) {
        return false;
      }
      held += added;
      filling = Arrays.copyOf(filling, size);
    }
    return true;
  }

  private void releaseMemory(long bytes) {
    memory.release(bytes);
    held -= bytes;
  }

  private void put(int each) {
    filling[length++] = (byte) each;
  }

  private void put(byte[] bytes) {
    System.arraycopy(bytes, 0, filling, length, bytes.length);
    length += bytes.length;
  }

  private void number(int value) {
    put(Integer.toString(value).getBytes(StandardCharsets.US_ASCII));
  }

  /** Lets the writing thread write what was appended. */
  public synchronized void flush() {
    if (length > 0 && !writerBusy) {
      notifyAll();
    }
  }

  /**
   * Writes what comes until the end. On the writing thread.
   *
   * @param written runs whenever something was written
   */
  public void writeTo(OutputStream out, Runnable written) throws IOException {
    byte[] buffer = new byte[FIRST];
    while (true) {
      int count;
      synchronized (this) {
        writerBusy = false;
        try {
          while (length == 0 && !ending && !closed) {
            wait();
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("Interrupted while another server was written to", e);
        }
        if (closed || length == 0) {
          return;
        }
        buffer = swap();
        count = (int) writing;
        writerBusy = true;
      }
      out.write(buffer, 0, count);
      out.flush();
      synchronized (this) {
        if (closed || buffer.length <= KEPT) {
          spare = buffer;
        } else {
          releaseMemory(buffer.length - FIRST);
        }
        rounds++;
        writing = 0;
        if (drains > 0) {
          notifyAll();
        }
      }
      written.run();
    }
  }

  private byte[] swap() {
    byte[] full = filling;
    writing = length;
    filling = spare;
    spare = new byte[0];
    if (filling.length == 0) {
      filling = new byte[FIRST];
    }
    length = 0;
    return full;
  }

  /**
   * Waits until all is written that was appended, or nothing more will be, because this was ended
   * or closed.
   */
  public synchronized void awaitWritten() throws InterruptedException {
    drains++;
    try {
      notifyAll();
      while (length + writing > 0 && !ending && !closed) {
        wait();
      }
    } finally {
      drains--;
    }
  }

  /** Writes what is left, and then no more. */
  public synchronized void end() {
    ending = true;
    notifyAll();
  }

  /** Drops what waits. */
  public synchronized void close() {
    closed = true;
    length = 0;
    releaseMemory(held);
    notifyAll();
  }

  /** Returns what it takes of the memory that all connections share. */
  public synchronized long held() {
    return held;
  }

  public synchronized long pending() {
    return length + writing;
  }

  public synchronized long rounds() {
    return rounds;
  }

  /** Returns which buffer is being written now; {@link #NOT_WRITING} when none is. */
  synchronized long presentRound() {
    return writing > 0 ? rounds : NOT_WRITING;
  }

  public synchronized long messages() {
    return messages;
  }

  public synchronized long messageBytes() {
    return messageBytes;
  }
}
