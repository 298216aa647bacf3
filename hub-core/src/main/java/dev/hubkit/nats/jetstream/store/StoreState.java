package dev.hubkit.nats.jetstream.store;

/**
 * What a store holds, in the terms of a stream's state in the JetStream API.
 *
 * @param messages how many messages there are
 * @param bytes their size as nats-server counts it: for a file store 30 bytes and the subject,
 *     header block and payload of each, 4 more for those with a header; for a memory store 16
 *     instead of 30
 * @param firstSequence the sequence of the oldest message; one past the last when there is none; 0
 *     when nothing ever was there
 * @param firstTimestamp when the oldest message was stored, in nanoseconds since the Unix epoch; 0
 *     when there is none
 * @param lastSequence the highest sequence ever given out
 * @param lastTimestamp when that was, in nanoseconds since the Unix epoch; 0 for never
 * @param subjects how many different subjects there are
 * @param deleted how many sequences between first and last are gone
 * @param lostMessages how many messages were found damaged, and cut off, since the store was opened
 * @param lostBytes how many bytes of the files were found damaged since then
 */
public record StoreState(
    long messages,
    long bytes,
    long firstSequence,
    long firstTimestamp,
    long lastSequence,
    long lastTimestamp,
    long subjects,
    long deleted,
    long lostMessages,
    long lostBytes) {}
