package dev.hubkit.fossil.sync;

/**
 * How far an exchange has come.
 *
 * @param roundTrips messages sent and answered
 * @param artifactsSent artifacts and unversioned files sent
 * @param artifactsReceived artifacts and unversioned files received and stored
 * @param bytesSent bodies of requests, as sent
 * @param bytesReceived bodies of answers, unpacked
 */
public record SyncProgress(
    int roundTrips,
    long artifactsSent,
    long artifactsReceived,
    long bytesSent,
    long bytesReceived) {}
