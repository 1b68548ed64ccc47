import GRDB

/// The tables of `run.sqlite`: one a record kind, and the view `images` that joins what each node knew of an image.
///
/// Every table carries `run`, empty for a single run, the point's name in a sweep's database. Instants are nanoseconds
/// of the run's clock, spans seconds, as in the records. An image that was sent to several receivers has a reception and a
/// score for each, and as many rows in `images`. Absent values are NULL, never 0.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { try $0.execute(sql: first) }
        return migrator
    }

    /// Tables in the order in which CSV files are written and a run is wiped before it is imported again.
    static let tables = [
        "runs", "nodes", "blocks", "packets", "decisions", "transmissions", "receptions", "scores", "stages", "events", "repetitions",
    ]

    private static let first = """
        CREATE TABLE runs (
            run TEXT PRIMARY KEY, topology TEXT NOT NULL, resolved TEXT NOT NULL, seed TEXT NOT NULL,
            originAt INTEGER NOT NULL, startedOn TEXT NOT NULL, virtual BOOLEAN NOT NULL, accounting TEXT NOT NULL,
            latencyBudget DOUBLE NOT NULL, bandwidth DOUBLE NOT NULL, latenessBound DOUBLE NOT NULL,
            versions TEXT NOT NULL, machine TEXT NOT NULL, command TEXT NOT NULL,
            valid BOOLEAN, latenessP99 DOUBLE);
        CREATE TABLE nodes (
            run TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, process INTEGER NOT NULL, host TEXT NOT NULL,
            readyAt INTEGER NOT NULL, peakMemory INTEGER, clockOffset DOUBLE, clockError DOUBLE, PRIMARY KEY (run, name));
        CREATE TABLE blocks (
            run TEXT NOT NULL, link TEXT NOT NULL, number INTEGER NOT NULL, startAt INTEGER NOT NULL,
            duration DOUBLE NOT NULL, snr DOUBLE NOT NULL, capacity DOUBLE NOT NULL, PRIMARY KEY (run, link, number, startAt));
        CREATE TABLE packets (
            run TEXT NOT NULL, link TEXT NOT NULL, transmitter TEXT NOT NULL, image INTEGER NOT NULL,
            section TEXT NOT NULL, "index" INTEGER NOT NULL, bits INTEGER NOT NULL, wireBits INTEGER NOT NULL,
            arrivedAt INTEGER NOT NULL, dueAt INTEGER, releasedAt INTEGER, verdict TEXT NOT NULL, block INTEGER NOT NULL,
            lateness DOUBLE AS ((releasedAt - dueAt) / 1e9) VIRTUAL);
        CREATE INDEX packetsByImage ON packets (run, transmitter, image);
        CREATE TABLE decisions (
            run TEXT NOT NULL, transmitter TEXT NOT NULL, image INTEGER NOT NULL, at INTEGER NOT NULL,
            policy TEXT NOT NULL, link TEXT NOT NULL, block INTEGER NOT NULL, snr DOUBLE NOT NULL,
            capacity DOUBLE NOT NULL, budgetBits INTEGER NOT NULL, alpha DOUBLE NOT NULL, rate INTEGER NOT NULL,
            predictedBits INTEGER NOT NULL, predictedGVIF DOUBLE NOT NULL, feasible BOOLEAN NOT NULL,
            concession TEXT, stateAge DOUBLE,
            PRIMARY KEY (run, transmitter, image));
        CREATE TABLE transmissions (
            run TEXT NOT NULL, transmitter TEXT NOT NULL, image INTEGER NOT NULL, photo TEXT NOT NULL,
            width INTEGER NOT NULL, height INTEGER NOT NULL, scheme TEXT NOT NULL, prompt TEXT NOT NULL, wording TEXT,
            label TEXT NOT NULL, labelProbability DOUBLE NOT NULL, alpha DOUBLE NOT NULL, rate INTEGER NOT NULL,
            headerBits INTEGER NOT NULL, promptBits INTEGER NOT NULL, maskBits INTEGER NOT NULL,
            hyperBits INTEGER NOT NULL, featureBits INTEGER NOT NULL, totalBits INTEGER NOT NULL,
            theoreticalBits DOUBLE NOT NULL, budgetBits INTEGER NOT NULL, slices INTEGER NOT NULL,
            datagrams INTEGER NOT NULL, wireBits INTEGER NOT NULL, firstSentAt INTEGER NOT NULL,
            lastSentAt INTEGER NOT NULL, originalFile TEXT, importanceFile TEXT, streamFile TEXT,
            PRIMARY KEY (run, transmitter, image));
        CREATE TABLE receptions (
            run TEXT NOT NULL, transmitter TEXT NOT NULL, image INTEGER NOT NULL, receiver TEXT NOT NULL,
            status TEXT NOT NULL, firstArrivedAt INTEGER, lastArrivedAt INTEGER, airTime DOUBLE,
            deadlineAt INTEGER NOT NULL, finishedAt INTEGER NOT NULL, slicesExpected INTEGER NOT NULL,
            slicesReceived INTEGER NOT NULL, receivedBits INTEGER NOT NULL, gvif DOUBLE,
            requestedShare DOUBLE NOT NULL, receivedShare DOUBLE NOT NULL, inpainting TEXT NOT NULL,
            decodedFile TEXT, receivedFile TEXT, maskFile TEXT, PRIMARY KEY (run, transmitter, image, receiver));
        CREATE TABLE scores (
            run TEXT NOT NULL, transmitter TEXT NOT NULL, image INTEGER NOT NULL, receiver TEXT NOT NULL, psnr DOUBLE,
            maskPSNR DOUBLE, regionPSNR DOUBLE, regionAlpha DOUBLE, ssim DOUBLE,
            PRIMARY KEY (run, transmitter, image, receiver));
        CREATE TABLE stages (
            run TEXT NOT NULL, transmitter TEXT NOT NULL, image INTEGER NOT NULL, node TEXT NOT NULL,
            stage TEXT NOT NULL, startAt INTEGER NOT NULL, duration DOUBLE NOT NULL);
        CREATE INDEX stagesByImage ON stages (run, transmitter, image);
        CREATE TABLE events (
            run TEXT NOT NULL, at INTEGER NOT NULL, node TEXT NOT NULL, severity TEXT NOT NULL, what TEXT NOT NULL,
            detail TEXT NOT NULL);
        CREATE TABLE repetitions (
            run TEXT NOT NULL, transmitter TEXT NOT NULL, image INTEGER NOT NULL, at INTEGER NOT NULL,
            datagrams INTEGER NOT NULL, bits INTEGER NOT NULL);
        CREATE INDEX repetitionsByImage ON repetitions (run, transmitter, image);
        CREATE VIEW images AS
            SELECT t.run, t.transmitter, t.image, t.photo, t.scheme, t.width, t.height, t.label, t.labelProbability,
                t.prompt, t.wording, d.policy, d.link, d.block, d.snr, d.capacity, t.budgetBits, t.alpha, t.rate, d.feasible,
                d.alpha AS decidedAlpha, d.predictedBits, d.predictedGVIF, d.concession, d.stateAge,
                t.headerBits, t.promptBits, t.maskBits, t.hyperBits, t.featureBits, t.totalBits, t.theoreticalBits,
                COALESCE((SELECT CAST(TOTAL(p.bits) AS INTEGER) FROM repetitions p
                    WHERE p.run = t.run AND p.transmitter = t.transmitter AND p.image = t.image), 0) AS repeatedBits,
                t.wireBits, t.totalBits * 1.0 / MAX(1, t.width * t.height) AS bitsPerPixel,
                (r.airTime * u.bandwidth) / (3.0 * t.width * t.height) AS bandwidthRatio,
                r.status, r.airTime, r.gvif, r.requestedShare, r.receivedShare, r.slicesExpected, r.slicesReceived,
                r.receivedBits, r.inpainting, s.psnr, s.maskPSNR, s.regionPSNR, s.regionAlpha, s.ssim,
                t.firstSentAt, t.lastSentAt, r.firstArrivedAt, r.lastArrivedAt, r.deadlineAt, r.finishedAt, r.receiver,
                t.originalFile, t.importanceFile, t.streamFile, r.decodedFile, r.receivedFile, r.maskFile
            FROM transmissions t
            LEFT JOIN decisions d USING (run, transmitter, image)
            LEFT JOIN receptions r USING (run, transmitter, image)
            LEFT JOIN scores s ON s.run = t.run AND s.transmitter = t.transmitter AND s.image = t.image AND s.receiver = r.receiver
            LEFT JOIN runs u ON u.run = t.run;
        """
}
