package dev.hubkit.fossil.web;

import com.sun.net.httpserver.HttpExchange;
import dev.hubkit.fossil.web.HttpFaultInjector.HttpFault;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** Applies faults to HTTP exchanges. */
final class FaultyExchange {
  private FaultyExchange() {}

  /** Applies a fault, and returns whether the exchange still needs a response. */
  static boolean apply(HttpExchange exchange, HttpFault fault, TimeSource time) throws IOException {
    if (fault instanceof HttpFault.ErrorStatus error) {
      byte[] text = (error.status() + " on purpose\n").getBytes(StandardCharsets.US_ASCII);
      exchange.getResponseHeaders().set("Content-Type", "text/plain");
      exchange.sendResponseHeaders(error.status(), text.length);
      exchange.getResponseBody().write(text);
      return false;
    } else if (fault instanceof HttpFault.TruncatedBody cut) {
      exchange.setStreams(null, new CutStream(exchange.getResponseBody(), cut.after()));
    } else if (fault instanceof HttpFault.Delay delay) {
      await(delay, time);
    }
    return !(fault instanceof HttpFault.DroppedConnection);
  }

  private static void await(HttpFault.Delay delay, TimeSource time) throws IOException {
    CountDownLatch due = new CountDownLatch(1);
    Timer timer = time.schedule(delay.by(), due::countDown);
    try {
      due.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("The server was closed before the response was due");
    } finally {
      timer.cancel();
    }
  }

  /** Fails after some bytes, so that the response is never completed. */
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
        // Makes the HTTP server close the connection.
        throw new IOException("cut on purpose");
      }
      super.close();
    }
  }
}
