package dev.hubkit.fossil.web;

import com.sun.net.httpserver.HttpExchange;
import dev.hubkit.fossil.web.HttpFaultInjector.Spoil;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** Does to an exchange what its interference says. */
final class FaultyExchange {
  private FaultyExchange() {}

  /** Returns whether the exchange is to be answered all the same. */
  static boolean spoil(HttpExchange exchange, Spoil how, TimeSource time) throws IOException {
    if (how instanceof Spoil.Answer answer) {
      byte[] text = (answer.status() + " on purpose\n").getBytes(StandardCharsets.US_ASCII);
      exchange.getResponseHeaders().set("Content-Type", "text/plain");
      exchange.sendResponseHeaders(answer.status(), text.length);
      exchange.getResponseBody().write(text);
      return false;
    } else if (how instanceof Spoil.CutBody cut) {
      exchange.setStreams(null, new CutStream(exchange.getResponseBody(), cut.after()));
    } else if (how instanceof Spoil.Late late) {
      await(late, time);
    }
    return !(how instanceof Spoil.Drop);
  }

  private static void await(Spoil.Late late, TimeSource time) throws IOException {
    CountDownLatch due = new CountDownLatch(1);
    Timer timer = time.schedule(late.by(), due::countDown);
    try {
      due.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("The server was closed before the answer was due");
    } finally {
      timer.cancel();
    }
  }

  /** Ends in the middle, so that what is below it is never finished. */
  private static final class CutStream extends FilterOutputStream {
    private long left;
    private boolean cut;

    CutStream(OutputStream out, long after) {
      super(out);
      left = after;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (!cut && length > left) {
        cut = true;
        out.write(bytes, offset, (int) left);
        out.flush();
      }
      if (cut) {
        throw new IOException("cut on purpose");
      }
      out.write(bytes, offset, length);
      left -= length;
    }

    @Override
    public void close() throws IOException {
      if (cut) {
        // Has the JDK's server close the connection.
        throw new IOException("cut on purpose");
      }
      super.close();
    }
  }
}
