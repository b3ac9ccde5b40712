"""The tree of a record's fields, as API v2 names them."""

# One field a line, indented under its parent: `name=PieceName kind`. A piece that is the name with a capital,
# and the kind `text`, are left out. Results are one branch here: the service never asks for a part of them.
TREE = """
protocolSection
  identificationModule
    nctId=NCTId
    nctIdAliases=NCTIdAlias
    orgStudyIdInfo
      id=OrgStudyId
      type=OrgStudyIdType
      link=OrgStudyIdLink
    secondaryIdInfos=SecondaryIdInfo
      id=SecondaryId
      type=SecondaryIdType
      domain=SecondaryIdDomain
      link=SecondaryIdLink
    briefTitle
    officialTitle
    acronym
    organization
      fullName=OrgFullName
      class=OrgClass
  statusModule
    statusVerifiedDate date
    overallStatus
    lastKnownStatus
    delayedPosting
    whyStopped
    expandedAccessInfo
      hasExpandedAccess
      nctId=ExpandedAccessNCTId
      statusForNctId=ExpandedAccessStatusForNCTId
    startDateStruct
      date=StartDate date
      type=StartDateType
    primaryCompletionDateStruct
      date=PrimaryCompletionDate date
      type=PrimaryCompletionDateType
    completionDateStruct
      date=CompletionDate date
      type=CompletionDateType
    studyFirstSubmitDate date
    studyFirstSubmitQcDate=StudyFirstSubmitQCDate date
    studyFirstPostDateStruct
      date=StudyFirstPostDate date
      type=StudyFirstPostDateType
    resultsWaived
    resultsFirstSubmitDate date
    resultsFirstSubmitQcDate=ResultsFirstSubmitQCDate date
    resultsFirstPostDateStruct
      date=ResultsFirstPostDate date
      type=ResultsFirstPostDateType
    dispFirstSubmitDate date
    dispFirstSubmitQcDate=DispFirstSubmitQCDate date
    dispFirstPostDateStruct
      date=DispFirstPostDate date
      type=DispFirstPostDateType
    lastUpdateSubmitDate date
    lastUpdatePostDateStruct
      date=LastUpdatePostDate date
      type=LastUpdatePostDateType
  sponsorCollaboratorsModule
    responsibleParty
      type=ResponsiblePartyType
      investigatorFullName=ResponsiblePartyInvestigatorFullName
      investigatorTitle=ResponsiblePartyInvestigatorTitle
      investigatorAffiliation=ResponsiblePartyInvestigatorAffiliation
      oldNameTitle=ResponsiblePartyOldNameTitle
      oldOrganization=ResponsiblePartyOldOrganization
    leadSponsor
      name=LeadSponsorName
      class=LeadSponsorClass
    collaborators=Collaborator
      name=CollaboratorName
      class=CollaboratorClass
  oversightModule
    oversightHasDmc=OversightHasDMC
    isFdaRegulatedDrug=IsFDARegulatedDrug
    isFdaRegulatedDevice=IsFDARegulatedDevice
    isUnapprovedDevice
    isPpsd=IsPPSD
    isUsExport=IsUSExport
    fdaaa801Violation=FDAAA801Violation
  descriptionModule
    briefSummary
    detailedDescription
  conditionsModule
    conditions=Condition
    keywords=Keyword
  designModule
    studyType
    nPtrsToThisExpAccNctId=NPtrsToThisExpAccNCTId number
    expandedAccessTypes
    patientRegistry
    targetDuration
    phases=Phase
    designInfo
      allocation=DesignAllocation
      interventionModel=DesignInterventionModel
      interventionModelDescription=DesignInterventionModelDescription
      primaryPurpose=DesignPrimaryPurpose
      observationalModel=DesignObservationalModel
      timePerspective=DesignTimePerspective
      maskingInfo=DesignMaskingInfo
        masking=DesignMasking
        maskingDescription=DesignMaskingDescription
        whoMasked=DesignWhoMasked
    bioSpec
    enrollmentInfo
      count=EnrollmentCount number
      type=EnrollmentType
  armsInterventionsModule
    armGroups=ArmGroup
      label=ArmGroupLabel
      type=ArmGroupType
      description=ArmGroupDescription
      interventionNames=ArmGroupInterventionName
    interventions=Intervention
      type=InterventionType
      name=InterventionName
      description=InterventionDescription
      armGroupLabels=InterventionArmGroupLabel
      otherNames=InterventionOtherName
  outcomesModule
    primaryOutcomes=PrimaryOutcome
      measure=PrimaryOutcomeMeasure
      description=PrimaryOutcomeDescription
      timeFrame=PrimaryOutcomeTimeFrame
    secondaryOutcomes=SecondaryOutcome
      measure=SecondaryOutcomeMeasure
      description=SecondaryOutcomeDescription
      timeFrame=SecondaryOutcomeTimeFrame
    otherOutcomes=OtherOutcome
      measure=OtherOutcomeMeasure
      description=OtherOutcomeDescription
      timeFrame=OtherOutcomeTimeFrame
  eligibilityModule
    eligibilityCriteria
    healthyVolunteers
    sex
    genderBased
    genderDescription
    minimumAge
    maximumAge
    stdAges=StdAge
    studyPopulation
    samplingMethod
  contactsLocationsModule
    centralContacts=CentralContact
      name=CentralContactName
      role=CentralContactRole
      phone=CentralContactPhone
      phoneExt=CentralContactPhoneExt
      email=CentralContactEMail
    overallOfficials=OverallOfficial
      name=OverallOfficialName
      affiliation=OverallOfficialAffiliation
      role=OverallOfficialRole
    locations=Location
      facility=LocationFacility
      status=LocationStatus
      city=LocationCity
      state=LocationState
      zip=LocationZip
      country=LocationCountry
      contacts=LocationContact
        name=LocationContactName
        role=LocationContactRole
        phone=LocationContactPhone
        phoneExt=LocationContactPhoneExt
        email=LocationContactEMail
      geoPoint=LocationGeoPoint
  referencesModule
    references=Reference
      pmid=ReferencePMID
      type=ReferenceType
      citation=ReferenceCitation
      retractions=Retraction
        pmid=RetractionPMID
        source=RetractionSource
    seeAlsoLinks=SeeAlsoLink
      label=SeeAlsoLinkLabel
      url=SeeAlsoLinkURL
    availIpds=AvailIPD
      id=AvailIPDId
      type=AvailIPDType
      url=AvailIPDURL
      comment=AvailIPDComment
  ipdSharingStatementModule=IPDSharingStatementModule
    ipdSharing=IPDSharing
    description=IPDSharingDescription
    infoTypes=IPDSharingInfoType
    timeFrame=IPDSharingTimeFrame
    accessCriteria=IPDSharingAccessCriteria
    url=IPDSharingURL
resultsSection
annotationSection
documentSection
  largeDocumentModule
    noSap=LargeDocNoSAP
    largeDocs=LargeDoc
      typeAbbrev=LargeDocTypeAbbrev
      hasProtocol=LargeDocHasProtocol
      hasSap=LargeDocHasSAP
      hasIcf=LargeDocHasICF
      label=LargeDocLabel
      date=LargeDocDate date
      uploadDate=LargeDocUploadDate date
      filename=LargeDocFilename
      size=LargeDocSize number
derivedSection
  miscInfoModule
    versionHolder date
    removedCountries=RemovedCountry
    submissionTracking
  conditionBrowseModule
    meshes=ConditionMesh
      id=ConditionMeshId
      term=ConditionMeshTerm
    ancestors=ConditionAncestor
      id=ConditionAncestorId
      term=ConditionAncestorTerm
  interventionBrowseModule
    meshes=InterventionMesh
      id=InterventionMeshId
      term=InterventionMeshTerm
    ancestors=InterventionAncestor
      id=InterventionAncestorId
      term=InterventionAncestorTerm
hasResults"""
