package dev.hubkit.nats.leaf;

/**
 * What WebSocket carries in both directions.
 *
 * @param compress whether both sides compress messages
 */
record WebSocketStreams(WebSocketInputStream in, WebSocketOutputStream out, boolean compress) {}
