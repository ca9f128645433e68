-- Five rules of the monitoring over everybody in the background, written once more as one statement: FERRITIN_HIGH,
-- PAO2_LOW, CSA_LOW and CSA_HIGH, KL6_RATIO, OVERDUE. The least that a database does for these answers, and the oracle of
-- the product's own: the same patients, rules and subjects must come out.
--
-- It knows what `courses` draws and no more: a version replaces the one before it, nothing is doubtful, kits are not
-- named, levels are oral troughs, every drug is given as one run, an acute course begins with its onset and a chronic one
-- with its decision.
WITH clock AS (
    SELECT (%(now)s::timestamptz AT TIME ZONE %(zone)s)::date AS today
), result AS NOT MATERIALIZED (
    SELECT patient_id, code, value, comparator, fio2, "on" FROM patients_measurement AS this
    WHERE value IS NOT NULL AND status <> 'cancelled'
        AND id NOT IN (SELECT replaces_id FROM patients_measurement WHERE replaces_id IS NOT NULL)
), done AS (
    SELECT patient_id, (max("on") AT TIME ZONE %(zone)s)::date AS last, (min("on") AT TIME ZONE %(zone)s)::date AS first,
        CASE WHEN code = 'ast' THEN 'alt' WHEN code IN ('platelets', 'haemoglobin') THEN 'wbc' ELSE code END AS test
    FROM result GROUP BY patient_id, test
    UNION ALL
    SELECT patient_id, (max("on") AT TIME ZONE %(zone)s)::date, (min("on") AT TIME ZONE %(zone)s)::date, 'hrct'
    FROM patients_hrctreport WHERE source = 'background' GROUP BY patient_id
), telling AS MATERIALIZED (
    SELECT * FROM result WHERE code IN ('ferritin', 'pao2', 'csa', 'kl6')
), given AS (
    SELECT patient_id, drug, dose, ("on" AT TIME ZONE %(zone)s)::date AS day,
        CASE WHEN drug = 'ivcy' THEN ("on" AT TIME ZONE %(zone)s)::date + 35 ELSE stop END AS until
    FROM patients_medicationcourse WHERE source = 'background'
), drugs AS (
    SELECT patient_id, min(day) AS first,
        min(day) FILTER (WHERE drug = 'gc') AS gc, min(day) FILTER (WHERE drug = 'csa') AS csa,
        min(day) FILTER (WHERE drug = 'ivcy') AS ivcy, min(day) FILTER (WHERE drug = 'aza') AS aza,
        max(day) FILTER (WHERE drug = 'csa') AS csa_changed,
        bool_or(coalesce(until >= today, true)) FILTER (WHERE drug = 'gc') AS gc_runs,
        bool_or(coalesce(until >= today, true)) FILTER (WHERE drug = 'csa') AS csa_runs,
        bool_or(coalesce(until >= today, true)) FILTER (WHERE drug <> 'gc') AS other_runs,
        coalesce(sum(dose) FILTER (WHERE drug = 'gc' AND coalesce(until >= today, true)), 0) AS dose
    FROM given CROSS JOIN clock GROUP BY patient_id
), seen AS (
    SELECT patient_id, min(first) AS first FROM done GROUP BY patient_id
), person AS (
    SELECT patient.id AS patient_id, gc, csa, ivcy, aza, csa_changed, gc_runs, csa_runs, other_runs, dose, today, onset IS NOT NULL AS acute, onset, decided,
        EXISTS (SELECT FROM patients_admission AS stay
            WHERE stay.patient_id = patient.id AND discharged_at IS NULL) AS lies,
        least(seen.first, drugs.first) AS first_done
    FROM patients_patient AS patient CROSS JOIN clock
    LEFT JOIN (SELECT patient_id, ("on" AT TIME ZONE %(zone)s)::date AS onset FROM patients_respiratoryonset) AS began
        ON began.patient_id = patient.id
    LEFT JOIN (SELECT patient_id, ("on" AT TIME ZONE %(zone)s)::date AS decided FROM patients_decision) AS chronic
        ON chronic.patient_id = patient.id
    LEFT JOIN drugs ON drugs.patient_id = patient.id
    LEFT JOIN seen ON seen.patient_id = patient.id
    WHERE patient.source = 'background'
), on_step AS (
    SELECT person.*,
        CASE WHEN NOT acute AND NOT coalesce(gc_runs OR other_runs, false) THEN NULL
            WHEN csa IS NOT NULL AND ivcy IS NOT NULL THEN greatest(gc, csa, ivcy)
            WHEN coalesce(csa, ivcy, aza) IS NOT NULL THEN greatest(gc, coalesce(csa, ivcy, aza)) ELSE gc END AS d0,
        coalesce(csa, ivcy, aza) IS NULL AS alone,
        coalesce(onset, decided) AS since,
        CASE WHEN lies THEN least(first_done, onset, decided) ELSE first_done END AS seen_from
    FROM person
), state AS (
    SELECT on_step.*,
        d0 IS NOT NULL AND coalesce(gc_runs, false) AND (alone OR coalesce(other_runs, false)) AS treated,
        coalesce(d0 IS NOT NULL AND NOT alone AND today - d0 <= 84, false) AS early,
        coalesce(gc_runs AND other_runs, false) OR coalesce(dose, 0) >= 15 AS combined,
        CASE WHEN acute THEN greatest(coalesce(d0, onset), seen_from) ELSE seen_from END AS start
    FROM on_step
), level AS (
    SELECT state.*, last, coalesce(last <= csa_changed, true) AS first_level
    FROM state LEFT JOIN done ON done.patient_id = state.patient_id AND done.test = 'csa'
    WHERE csa_runs
), dosed AS (
    SELECT patient_id, max(day) AS day FROM given WHERE drug = 'ivcy' GROUP BY patient_id
), spoilt AS (
    SELECT patient_id, max("on") AS "on" FROM patients_measurement
    WHERE code = 'potassium' AND value IS NULL AND typed_value = 'haemolysed' AND status <> 'cancelled' GROUP BY patient_id
), asked (patient_id, today, rank, test, every, since, ends, grace, due) AS (
    SELECT state.patient_id, today, 0, 'wbc', NULL::int, NULL::date, NULL::date, 0, dosed.day + 14
    FROM state JOIN dosed USING (patient_id)
    LEFT JOIN done ON done.patient_id = state.patient_id AND done.test = 'wbc'
    WHERE dosed.day + 14 >= seen_from AND (last IS NULL OR last < dosed.day + 7)
    UNION ALL
    SELECT patient_id, today, 0, 'potassium', NULL, NULL, NULL, 1, ("on" AT TIME ZONE %(zone)s)::date
    FROM spoilt CROSS JOIN clock
    WHERE NOT EXISTS (SELECT FROM result WHERE result.patient_id = spoilt.patient_id AND code = 'potassium'
        AND result."on" >= spoilt."on")
    UNION ALL
    SELECT patient_id, today, 1, 'csa', 3, csa_changed, NULL::date, 1, csa_changed + 3 FROM level WHERE first_level
    UNION ALL
    SELECT patient_id, today, 1, 'csa', CASE WHEN lies THEN 7 WHEN early THEN 14 ELSE 28 END, csa_changed, NULL, NULL, NULL
    FROM level WHERE NOT first_level
    UNION ALL
    SELECT patient_id, today, 2, test, CASE WHEN today - csa <= 90 THEN 14 ELSE 28 END, csa, NULL, NULL, NULL
    FROM level CROSS JOIN unnest(ARRAY['creatinine', 'potassium', 'magnesium', 'systolic_bp']) AS test
    WHERE NOT first_level
    UNION ALL
    SELECT patient_id, today, 3, test, every, start, start + 28, NULL, NULL
    FROM state CROSS JOIN (VALUES ('ferritin', 7, false), ('crp', 7, false), ('ldh', 7, false), ('kl6', 7, false),
        ('spo2', 1, false), ('pao2', 4, false), ('creatinine', 7, true), ('alt', 7, true), ('wbc', 7, true),
        ('bdg', 14, true), ('cmv_pp65', 14, true)) AS demand (test, every, when_treated)
    WHERE acute AND lies AND (d0 IS NOT NULL OR NOT when_treated)
    UNION ALL
    SELECT state.patient_id, today, 4, 'hrct', 0, NULL, NULL, 7,
        CASE WHEN last IS NULL OR last < start + 7 THEN start + 14 WHEN last < start + 21 THEN start + 28 END
    FROM state LEFT JOIN done ON done.patient_id = state.patient_id AND test = 'hrct'
    WHERE acute AND lies
    UNION ALL
    SELECT patient_id, today, 5, 'vc', 91, CASE WHEN acute THEN start ELSE greatest(start, since) END,
        CASE WHEN acute THEN start ELSE greatest(start, since) END + 365, 91, NULL
    FROM state WHERE NOT acute OR NOT lies OR today > start + 28
    UNION ALL
    SELECT patient_id, today, 6, test,
        CASE WHEN lies AND (treated OR acute) THEN CASE WHEN test = 'spo2' THEN 1 WHEN kind IN ('safety', 'salt') THEN 7 ELSE 14 END
            WHEN treated AND early THEN CASE WHEN kind = 'infection' THEN 28 ELSE 14 END
            WHEN combined THEN 28 ELSE 91 END, start, NULL, NULL, NULL
    FROM state CROSS JOIN (VALUES ('ferritin', ''), ('crp', ''), ('ldh', ''), ('kl6', ''), ('creatinine', 'safety'),
        ('alt', 'safety'), ('wbc', 'safety'), ('potassium', 'salt'), ('bdg', 'infection'), ('cmv_pp65', 'infection'),
        ('spo2', 'air')) AS demand (test, kind)
    WHERE (NOT acute OR NOT lies OR today > start + 28)
        AND (kind IN ('', 'safety') OR (lies AND (treated OR acute)) OR (treated AND early AND kind <> 'air'))
    UNION ALL
    SELECT patient_id, today, 7, 'hba1c', 91, d0, NULL, NULL, NULL FROM state
    WHERE (NOT acute OR NOT lies OR today > start + 28) AND dose > 5 AND d0 IS NOT NULL
), planned AS (
    SELECT asked.patient_id, asked.test, today, rank, ends,
        coalesce(due, greatest(since, last) + every) AS due,
        coalesce(grace, CASE WHEN every <= 4 THEN 1 WHEN every <= 7 THEN 2 ELSE 7 END) AS grace
    FROM asked LEFT JOIN done ON done.patient_id = asked.patient_id AND done.test = asked.test
    WHERE asked.rank <> 4 OR due IS NOT NULL
), next AS (
    SELECT DISTINCT ON (patient_id, test) * FROM planned WHERE ends IS NULL OR due <= ends
    ORDER BY patient_id, test, due, rank
), newest AS (
    SELECT DISTINCT ON (patient_id, code) * FROM telling
    WHERE code IN ('ferritin', 'csa') OR (code = 'pao2' AND (fio2 = 0.21 OR value < 60))
    ORDER BY patient_id, code, "on" DESC
), ratio AS (
    SELECT patient_id, value, ("on" AT TIME ZONE %(zone)s)::date - d0 AS n, "on" FROM telling JOIN state USING (patient_id)
    WHERE code = 'kl6' AND "on" > d0 - 15
), base AS (
    SELECT DISTINCT ON (patient_id) patient_id, value FROM ratio WHERE n <= 0 ORDER BY patient_id, "on" DESC
), peak AS (
    SELECT DISTINCT ON (patient_id) patient_id, value FROM ratio WHERE n BETWEEN 1 AND 28 ORDER BY patient_id, "on" DESC
)
SELECT patient_id, 'OVERDUE', test FROM next WHERE today >= due + grace + 1
UNION ALL
SELECT patient_id, 'FERRITIN_HIGH', '' FROM newest JOIN person USING (patient_id)
WHERE code = 'ferritin' AND (value > 1000 OR comparator = '>')
UNION ALL
SELECT patient_id, 'PAO2_LOW', '' FROM newest JOIN person USING (patient_id) WHERE code = 'pao2' AND value < 60
UNION ALL
SELECT patient_id, 'CSA_LOW', '' FROM newest JOIN state USING (patient_id)
WHERE code = 'csa' AND csa_runs AND (value < 150 OR comparator = '<')
UNION ALL
SELECT patient_id, 'CSA_HIGH', '' FROM newest JOIN state USING (patient_id)
WHERE code = 'csa' AND csa_runs AND value > 250
UNION ALL
SELECT patient_id, 'KL6_RATIO', '' FROM base JOIN peak USING (patient_id)
WHERE peak.value > 1.70 * base.value AND NOT EXISTS (
    SELECT FROM ratio WHERE ratio.patient_id = base.patient_id AND n > 28 AND ratio.value <= 1.70 * base.value)
