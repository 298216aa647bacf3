package dev.hubkit.nats.tls;

import dev.hubkit.log.Log;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;

/**
 * Handshakes of a server with itself, in memory: so the JVM loads and compiles what the first
 * clients would wait for otherwise. A few are enough, once in a JVM for each kind of key.
 */
public final class TlsWarmup {
  // The compiler has then seen enough of each part; more of them gain little.
  private static final int HANDSHAKES = 12;
  private static final int MOST_STEPS = 200;
  private static final Log log = Log.of(TlsWarmup.class);
  private static final Set<String> DONE = ConcurrentHashMap.newKeySet();

  private final TlsContext context;
  private final SSLContext client;

  private TlsWarmup(TlsContext context) throws GeneralSecurityException {
    this.context = context;
    client = SSLContext.getInstance("TLS");
    client.init(
        new KeyManager[] {context.identity()}, new TrustManager[] {new TrustingEverybody()}, null);
  }

  /**
   * Makes the handshakes, unless this JVM has made some with such a key.
   *
   * @param isWanted asked before each of them
   * @return how many were made
   */
  public static int run(TlsContext context, BooleanSupplier isWanted) {
    String kind = context.keyAlgorithm();
    return kind == null || !DONE.add(kind) ? 0 : make(context, isWanted);
  }

  /** Makes the handshakes; returns how many. */
  static int make(TlsContext context, BooleanSupplier isWanted) {
    int made = 0;
    try {
      TlsWarmup warmup = new TlsWarmup(context);
      while (made < HANDSHAKES && isWanted.getAsBoolean()) {
        warmup.handshake();
        made++;
      }
    } catch (SSLException e) {
      // Such as a server that does not take its own certificate for that of a client. The classes
      // are loaded all the same.
      log.debug("The TLS handshakes of the server with itself ended", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("tls: what was loaded can't be used again", e);
    }
    return made;
  }

  private void handshake() throws SSLException {
    SSLEngine server = context.serverEngine();
    SSLEngine peer = client.createSSLEngine();
    peer.setUseClientMode(true);
    ByteBuffer toServer = ByteBuffer.allocate(peer.getSession().getPacketBufferSize());
    ByteBuffer toPeer = ByteBuffer.allocate(server.getSession().getPacketBufferSize());
    ByteBuffer content = ByteBuffer.allocate(peer.getSession().getApplicationBufferSize());
    peer.beginHandshake();
    server.beginHandshake();
    for (int step = 0; step < MOST_STEPS && (isUnderWay(peer) || isUnderWay(server)); step++) {
      advance(peer, toPeer, toServer, content);
      advance(server, toServer, toPeer, content);
    }
  }

  private static boolean isUnderWay(SSLEngine engine) {
    return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
  }

  /** Does what one side can do now. */
  private static void advance(SSLEngine engine, ByteBuffer in, ByteBuffer out, ByteBuffer content)
      throws SSLException {
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK -> {
        for (Runnable task = engine.getDelegatedTask();
            task != null;
            task = engine.getDelegatedTask()) {
          task.run();
        }
      }
      case NEED_WRAP -> {
        SSLEngineResult result = engine.wrap(ByteBuffer.allocate(0), out);
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
          throw new SSLException("closed");
        }
      }
      default -> {
        in.flip();
        engine.unwrap(in, content);
        in.compact();
        content.clear();
      }
    }
  }
}
