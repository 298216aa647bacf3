package dev.hubkit.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import dev.hubkit.log.Log;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A whole request and its answer. Like the JDK's own exchanges, for one thread at a time. */
final class Exchange extends HttpExchange {
  private static final Log log = Log.of(Exchange.class);

  private final RequestHead head;
  private final Peer peer;
  private final HttpContext context;
  private final DateHeader date;
  private final ResponseBody body;
  private final InputStream requestBody;
  private final Headers responseHeaders = new Headers();
  private final AtomicBoolean ended = new AtomicBoolean();
  private @Nullable InputStream givenIn;
  private @Nullable OutputStream givenOut;
  private @Nullable HttpPrincipal principal;
  private boolean keepAlive;
  private int status = -1;

  /** What an exchange knows of its connection. Thread-safe. */
  interface Peer {
    InetSocketAddress remoteAddress();

    InetSocketAddress localAddress();

    /** Called when the answer is complete. */
    void answered(boolean keepAlive);

    /** Called when the answer ends incomplete. */
    void brokenOff();
  }

  /**
   * Makes an exchange.
   *
   * @param requestBody null when there is none
   */
  Exchange(
      RequestHead head,
      @Nullable Spool requestBody,
      SocketWriter out,
      Peer peer,
      HttpContext context,
      DateHeader date) {
    this.head = head;
    this.peer = peer;
    this.context = context;
    this.date = date;
    this.requestBody = requestBody == null ? InputStream.nullInputStream() : requestBody.open();
    this.body = new ResponseBody(out, this::answered);
    this.keepAlive = head.keepAlive();
  }

  private void answered() {
    if (ended.compareAndSet(false, true)) {
      peer.answered(keepAlive);
    }
  }

  /** Ends the exchange, even though the answer is incomplete. */
  void breakOff() {
    if (ended.compareAndSet(false, true)) {
      try {
        body.flush();
      } catch (IOException e) {
        log.debug("{} takes no more of its answer", peer.remoteAddress(), e);
      } finally {
        peer.brokenOff();
      }
    }
  }

  /** Returns whether the answer has begun. */
  boolean hasBegun() {
    return status >= 0;
  }

  @Override
  public Headers getRequestHeaders() {
    return head.headers();
  }

  @Override
  public Headers getResponseHeaders() {
    return responseHeaders;
  }

  @Override
  public URI getRequestURI() {
    return head.uri();
  }

  /** Returns what the request line asks for, as it was sent. */
  String target() {
    return head.target();
  }

  @Override
  public String getRequestMethod() {
    return head.method();
  }

  @Override
  public HttpContext getHttpContext() {
    return context;
  }

  @Override
  public void close() {
    if (ended.get()) {
      return;
    }
    if (!hasBegun()) {
      breakOff();
      return;
    }
    try {
      getResponseBody().close();
      body.close();
    } catch (IOException e) {
      breakOff();
    }
  }

  @Override
  public InputStream getRequestBody() {
    return givenIn == null ? requestBody : givenIn;
  }

  @Override
  public OutputStream getResponseBody() {
    return givenOut == null ? body : givenOut;
  }

  @Override
  public void setStreams(@Nullable InputStream in, @Nullable OutputStream out) {
    givenIn = in == null ? givenIn : in;
    givenOut = out == null ? givenOut : out;
  }

  @Override
  public void sendResponseHeaders(int code, long length) throws IOException {
    if (hasBegun()) {
      throw new IOException("the headers have been sent already");
    }
    if (code < 200 || code > 999) {
      throw new IllegalArgumentException("Not a status: " + code);
    }
    status = code;
    ResponseBody.Framing framing = framing(code, length);
    body.begin(head(code, framing, length), framing, length);
  }

  private ResponseBody.Framing framing(int code, long length) {
    if (head.method().equals("HEAD")) {
      return ResponseBody.Framing.DROPPED;
    }
    if (length < 0 || Status.hasNoBody(code)) {
      return ResponseBody.Framing.NONE;
    }
    if (length > 0) {
      return ResponseBody.Framing.LENGTH;
    }
    return head.minor() == 0 ? ResponseBody.Framing.CLOSE : ResponseBody.Framing.CHUNKS;
  }

  private byte[] head(int code, ResponseBody.Framing framing, long length) {
    StringBuilder text = new StringBuilder(256);
    text.append("HTTP/1.").append(head.minor()).append(' ').append(code).append(' ');
    text.append(Status.reason(code)).append("\r\n");
    switch (framing) {
      case LENGTH -> responseHeaders.set("Content-Length", Long.toString(length));
      case CHUNKS -> responseHeaders.set("Transfer-Encoding", "chunked");
      case CLOSE -> keepAlive = false;
      case DROPPED -> {
        if (length > 0) {
          responseHeaders.set("Content-Length", Long.toString(length));
        }
      }
      case NONE -> {
        if (!Status.hasNoBody(code)) {
          responseHeaders.set("Content-Length", "0");
        }
      }
    }
    if (RequestHead.hasToken(responseHeaders, "Connection", "close")) {
      keepAlive = false;
    } else if (!keepAlive) {
      responseHeaders.set("Connection", "close");
    } else if (head.minor() == 0) {
      responseHeaders.set("Connection", "keep-alive");
    }
    if (!responseHeaders.containsKey("Date")) {
      responseHeaders.set("Date", date.now());
    }
    for (Map.Entry<String, List<String>> header : responseHeaders.entrySet()) {
      for (String value : header.getValue()) {
        text.append(header.getKey()).append(": ").append(value).append("\r\n");
      }
    }
    return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  @Override
  public InetSocketAddress getRemoteAddress() {
    return peer.remoteAddress();
  }

  @Override
  public int getResponseCode() {
    return status;
  }

  @Override
  public InetSocketAddress getLocalAddress() {
    return peer.localAddress();
  }

  @Override
  public String getProtocol() {
    return "HTTP/1." + head.minor();
  }

  @Override
  public @Nullable Object getAttribute(String name) {
    return context.getAttributes().get(name);
  }

  @Override
  public void setAttribute(String name, @Nullable Object value) {
    if (value == null) {
      context.getAttributes().remove(name);
    } else {
      context.getAttributes().put(name, value);
    }
  }

  void setPrincipal(HttpPrincipal value) {
    principal = value;
  }

  @Override
  public @Nullable HttpPrincipal getPrincipal() {
    return principal;
  }

  @Override
  public String toString() {
    return head.toString();
  }
}
