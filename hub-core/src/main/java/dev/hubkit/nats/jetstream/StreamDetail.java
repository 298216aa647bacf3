package dev.hubkit.nats.jetstream;

import dev.hubkit.json.JsonObject;

/**
 * A stream on a server, for {@code /jsz}.
 *
 * @param json the {@code StreamDetail} of nats-server
 * @param isLed whether the server leads it, as one that is in no cluster does
 * @param consumersLed how many of its consumers the server leads, without direct ones
 */
public record StreamDetail(JsonObject json, boolean isLed, int consumersLed) {}
