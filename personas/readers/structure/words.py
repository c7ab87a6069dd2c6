"""The words by which a résumé shows its structure: headings, titles, schools, degrees; English first, then the larger neighbors."""

from __future__ import annotations

import re
from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in text.split(";"))


SECTIONS: Mapping[str, tuple[str, ...]] = {
    "summary": _phrases(
        """
        summary; professional summary; executive summary; career summary; profile; professional profile; personal profile;
        about; about me; objective; career objective; personal statement; profil; kurzprofil; über mich; zusammenfassung;
        résumé professionnel; à propos; perfil; perfil profesional; sobre mí; profilo; profiel
        """
    ),
    "work": _phrases(
        """
        work; experience; work experience; professional experience; relevant experience; employment; employment history; work
        history; career history; career; professional background; positions; positions held; berufserfahrung; berufspraxis;
        beruflicher werdegang; werdegang; praktische erfahrung; praktika; internships; expérience; expériences; expérience
        professionnelle; expériences professionnelles; parcours professionnel; experiencia; experiencia laboral; experiencia
        profesional; esperienza; esperienza lavorativa; esperienze professionali; experiência; experiência profissional;
        werkervaring; 職歴; الخبرة; الخبرات; опыт работы
        """
    ),
    "volunteer": _phrases(
        """
        volunteering; volunteer; volunteer work; volunteer experience; voluntary work; community service; ehrenamt;
        ehrenamtliches engagement; bénévolat; voluntariado; vrijwilligerswerk
        """
    ),
    "education": _phrases(
        """
        education; academic background; academic history; education and training; academic qualifications; qualifications;
        studies; ausbildung; bildung; bildungsweg; studium; akademischer werdegang; schulbildung; formation; formations;
        études; educación; formación; formación académica; istruzione; formazione; educação; formação; formação acadêmica;
        opleiding; opleidingen; 学歴; التعليم; образование
        """
    ),
    "projects": _phrases(
        """
        projects; personal projects; selected projects; side projects; key projects; open source; open source projects;
        open-source projects; projekte; projets; proyectos; progetti; projetos; projecten
        """
    ),
    "skills": _phrases(
        """
        skills; technical skills; key skills; core skills; professional skills; core competencies; competencies;
        technologies; skill set; skills and tools; tools; tools and technologies; technical proficiencies; areas of
        expertise; expertise; kenntnisse; it-kenntnisse; edv-kenntnisse; fähigkeiten; kompetenzen; fachkenntnisse;
        compétences; compétences techniques; habilidades; competencias; aptitudes; competenze; competências; vaardigheden;
        スキル; المهارات; навыки
        """
    ),
    "publications": _phrases(
        """
        publications; selected publications; papers; articles; veröffentlichungen; publikationen; publicaciones;
        pubblicazioni; publicações
        """
    ),
    "awards": _phrases(
        """
        awards; honors; honours; awards and honors; honors and awards; selected honors; achievements; scholarships; awards
        and scholarships; auszeichnungen; preise; stipendien; distinctions; prix; premios; premi; prêmios
        """
    ),
    "certificates": _phrases(
        """
        certifications; certificates; licenses; licenses and certifications; certifications and licenses; courses and
        certifications; zertifikate; zertifizierungen; certificaciones; certificazioni; certificações; certificaten
        """
    ),
    "languages": _phrases(
        """
        languages; language skills; sprachen; sprachkenntnisse; langues; idiomas; lingue; talen; اللغات; языки
        """
    ),
    "interests": _phrases(
        """
        interests; hobbies; hobbies and interests; interests and hobbies; interessen; centres d'intérêt; loisirs; intereses;
        interessi; interesses; interesses e hobbies
        """
    ),
    "references": _phrases(
        """
        references; referees; referenzen; références; referencias; referenze
        """
    ),
    "contact": _phrases(
        """
        contact; contact details; contact information; personal details; personal information; details; links; kontakt;
        kontaktdaten; persönliche daten; coordonnées; contacto; datos personales; contatti; contato
        """
    ),
}
"""What people call the parts of a résumé, by the key of JSON Resume (`summary` and `contact` belong to its basics)."""

KIND_OF: Mapping[str, str] = {name: kind for kind, names in SECTIONS.items() for name in names}

TITLE_WORDS = _words(
    """
    abteilungsleiter abteilungsleiterin accountant actor administrator adviser adviseur advisor agent analista analyst apprentice
    architect artist arzt asistente assistant assistante assistent assistentin associate attorney auditor aushilfe auszubildende
    auszubildender azubi baker barista bartender becaria becario berater beraterin betreuer betreuerin biologist bookkeeper broker
    buchhalter buchhalterin builder buyer captain caregiver carpenter cashier ceo cfo chair chairman chairperson chargé chargée
    chef cheftrainer chemist cio ciso cleaner clerk cmo co-founder coach cofounder composer comptable consultant consultante
    consultor consultora contador contadora contractor controller coo cook coordinator copywriter counsel counselor courier cpo
    cto curator dentist desarrollador desarrolladora desenvolvedor designer developer directeur director directora directrice
    diretor direttore dispatcher doctor driver développeur développeuse economist editor educator electrician enfermera enfermero
    engenheiro engineer engineers enseignant enseignante entrepreneur entwickler entwicklerin erzieher erzieherin estagiário
    estimator evangelist evp examiner executive fachinformatiker fachinformatikerin fachkraft facilitator farmer fellow fellowship
    fitter founder freelancer geologist gerente geschäftsführer geschäftsführerin guard gérant hairdresser handyman head
    hilfskraft housekeeper illustrator impiegato infirmier infirmière ingegnere ingeniera ingeniero ingenieur ingenieurin
    ingénieur ingénieure inspector installer instructor intern internship interpreter investigator janitor journalist judge
    kauffrau kaufmann koch krankenpfleger krankenschwester köchin laborer lawyer lead leader lecturer lehrer lehrerin leiter
    leiterin leraar librarian lifeguard linguist machinist maintainer manager marketer mason mathematician mechanic mechatroniker
    medewerker mediator mentor merchandiser midwife minister mitarbeiter mitarbeiterin moderator monteur musician nanny negotiator
    nurse nutritionist officer ontwikkelaar operative operator optician organizer owner painter paralegal paramedic partner pastor
    pfleger pflegerin pharmacist photographer physician physicist physiotherapist pilot planner plumber pm postdoc practitioner
    praktikant praktikantin praktikum president principal producer profesor profesora professeur professor programador
    programadora programmer projektleiter projektleiterin promoter psychologist publisher realtor receptionist recruiter redakteur
    redakteurin registrar reporter representative researcher responsabile responsable retailer sachbearbeiter sachbearbeiterin
    sailor salesperson schreiner scientist secretary seller servant server softwareentwickler softwareentwicklerin sommelier
    specialist sre stagiair stagiaire statistician steward strategist stylist supervisor surgeon surveyor sviluppatore svp swe
    tailor teacher teamleiter teamleiterin technician technicien technicienne techniker technikerin technologist teller tester
    therapist tirocinante tischler trader trainee trainer translator treasurer tutor typist técnica técnico underwriter usher
    vendedor vendedora vendeur vendeuse verkäufer verkäuferin verpleegkundige verwalter vet veterinarian volontär volunteer vp
    waiter waitress warehouseman welder werkstudent werkstudentin wissenschaftler wissenschaftlerin worker writer ärztin
    """
)
"""Words that name what somebody is; the last word of most job titles is one of them."""

LEVEL_WORDS = _words(
    """
    acting assistant associate chief deputy freelance graduate head interim jr junior lead leitende leitender principal senior sr
    staff stellvertretende stellvertretender student vice working
    """
)

ORGANIZATION_WORDS = _words(
    """
    ab academy ag agency airlines as associates ayuntamiento bakery bank bv bäckerei cafe café capital charity church clinic club
    co colegio college company consultants consulting corp corporation council department energy enterprises ev foundation gmbh
    group hochschule holding holdings hospital hotel hôpital inc incorporated industries institute insurance international kg
    klinik krankenhaus laboratories laboratory labs library limited llc llp logistics ltd lycée mairie mbh media ministry motors
    museum networks news nv ohg ospedale oy partners pharma pharmaceuticals plc politecnico press pty railways research restaurant
    sa sarl sas school schule se services shop software solutions spa srl stadt stiftung store studio studios systems tech
    technologies technology ug universidad university università universität université ventures verein verlag werke école
    """
)
"""Words that name what one works for; legal forms of companies among them."""

LEGAL_FORMS = _words(
    """
    ab ag bv co corp gmbh inc kg llc llp ltd nv oy plc pty sa sarl sas se spa srl ug
    """
)
"""What stands behind a comma and still belongs to a name: Acme, Inc."""

SCHOOL = re.compile(
    r"(?<!\w)(?:universit\w*|univ\.?|college|school|institut\w*|academy|polytechnic|politecnico|hochschule|fachhochschule|gymnasium"
    r"|berufsschule|realschule|gesamtschule|akademie|école|ecole|lycée|collège|universidad|instituto|colegio|escuela|faculdade|escola"
    r"|universiteit|mit|eth|epfl|ucla|lmu|tu|rwth|kit|caltech|大学|高校|جامعة|университет)(?!\w)",
    re.IGNORECASE,
)
DEGREE = re.compile(
    r"(?<![\w.])(?:"
    r"ph\.?\s?d\.?|d\.?phil\.?|dr\.?(?: rer\.? nat\.?| phil\.?| ing\.?| med\.?)?(?=[\s,]|$)|doctorate|doctor of [A-Z]\w+(?: [A-Z]\w+)?|promotion"
    r"|(?:bachelor|master|doctor|associate)(?:'s|’s)?(?: degree)? of [^,;|(–]{3,40}?(?= in (?-i:[A-Z]))"
    r"|(?:bachelor|master|associate)(?:'s|’s)?(?: degree)?(?: of (?:applied )?(?:science|arts|engineering|laws|education|business administration"
    r"|fine arts|commerce|technology|music|nursing|philosophy|public health|social work)(?!\w))?"
    r"|m\.?b\.?a\.?|b\.?s\.?c?\.?(?: ?\(?hons?\.?\)?)?|m\.?s\.?c?\.?|b\.?a\.?(?: ?\(?hons?\.?\)?)?|m\.?a\.?|b\.?eng\.?|m\.?eng\.?|b\.?tech\.?|m\.?tech\.?"
    r"|ll\.?[bm]\.?|m\.?phil\.?|m\.?d\.?|j\.?d\.?|b\.?com\.?|m\.?com\.?|b\.?ed\.?|m\.?ed\.?|b\.?b\.?a\.?|m\.?f\.?a\.?|b\.?f\.?a\.?"
    r"|diploma|diplom(?:-\w+)?|higher national diploma|staatsexamen|magister|abitur|mittlere reife|a-levels?|gcses?|ged|high school diploma"
    r"|licence|licenciatura|licenciado|licenciada|laurea(?: magistrale)?|maîtrise|baccalauréat|bac(?: \+\d)?|grado|máster|técnico superior"
    r"|certificate|vocational training|lehre|berufsausbildung|nvq|btec"
    r")(?![\w.])",
    re.IGNORECASE,
)
"""What a degree is called; it opens the part of an education that names it."""

REMOTE = re.compile(
    r"(?:fully )?remote(?:ly)?(?: \([^)]{2,30}\))?|home ?office|homeoffice|télétravail|worldwide",
    re.IGNORECASE,
)
LEVELS_OF_LANGUAGE = re.compile(
    r"\b(?:native(?: or bilingual)?(?: speaker| proficiency)?|mother tongue|bilingual|fluent(?:ly)?|proficient|advanced|upper.intermediate"
    r"|intermediate|conversational|basic|elementary|beginner|business fluent|(?:full |limited )?(?:professional )?working proficiency"
    r"|full professional proficiency|[abc][12]|muttersprache|muttersprachlich|fließend|verhandlungssicher|gute kenntnisse|grundkenntnisse"
    r"|langue maternelle|courant|intermédiaire|notions|nativo|nativa|fluido|avanzado|intermedio|básico|madrelingua)\b",
    re.IGNORECASE,
)
SCORE = re.compile(
    r"(?:gpa|cgpa|grade|final grade|abschlussnote|note|mention|nota)\s*[:：]?\s*([\d.,:]+(?:\s*/\s*[\d.,]+)?|\w[\w -]{0,30})",
    re.IGNORECASE,
)
"""A line that is nothing but a grade."""
