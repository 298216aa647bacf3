package dev.hubkit.nats.jetstream.consumer;

import java.util.List;

/**
 * What the leader of a consumer's replicas has done in a round, for all of them.
 *
 * @param term the term in which the leader has led; a command that gets into the log in another
 *     term builds on what was forgotten, and counts for nothing
 * @param changes of its state, see {@code ReplicatedConsumerStore}
 * @param acknowledged the messages that it needs no more
 * @param asked the reply subjects of pull requests that wait from now on
 * @param ended those of requests that no longer wait
 * @param reset whether the consumer has moved to another place in the stream
 */
public record ConsumerCommand(
    long term,
    byte[] changes,
    long[] acknowledged,
    List<String> asked,
    List<String> ended,
    boolean reset) {}
