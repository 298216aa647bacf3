package dev.hubkit.nats.account;

/**
 * An import that an account has in its report although nothing is imported by it here: one that the
 * exporter no longer allows, or one that nats-server makes and this server does without. Immutable.
 *
 * @param service whether it is one of a service rather than of a stream
 * @param subject the subject in the exporting account
 * @param account the name of the exporting account
 * @param local the subject in the importing account
 * @param invalid whether the exporter no longer allows it
 * @param share whether the exporter is told about requesters
 */
public record ReportedImport(
    boolean service,
    String subject,
    String account,
    String local,
    boolean invalid,
    boolean share) {}
