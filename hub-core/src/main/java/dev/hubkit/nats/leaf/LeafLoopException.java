package dev.hubkit.nats.leaf;

import dev.hubkit.log.Quoted;
import dev.hubkit.nats.wire.ProtocolException;

/** Servers are connected in a circle, in which messages would go round for ever. */
final class LeafLoopException extends ProtocolException {
  private static final long serialVersionUID = 1;

  LeafLoopException(String account) {
    super(text(account), text(account));
  }

  private static String text(String account) {
    return "Loop detected for leafnode account="
        + Quoted.of(account)
        + ". Delaying attempt to reconnect for 30s";
  }
}
